// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decode/decoders/name_table.h"

// Tables of the system that the exporter was built for; made at the first call, shared
// afterwards. Any thread.
namespace bpfmap::decode {

// Positive numbers: what libc knows, and those that the kernel uses only inside
// (include/linux/errno.h) but BPF programs see, such as ERESTARTSYS. 0 has no name.
NameTablePtr errno_names();

// Real-time signals as kill(1) calls them: SIGRTMIN is 34, because libc keeps 32 and 33 for itself.
NameTablePtr signal_names();

// System calls of the architecture that the exporter runs on, as libseccomp knows them.
NameTablePtr syscall_names();

// CAP_*, as libcap knows them.
NameTablePtr capability_names();

// AF_* of include/linux/socket.h.
NameTablePtr address_family_names();

// By the protocol numbers of IANA, in the names of include/uapi/linux/in.h: tcp, udp, icmp.
NameTablePtr ip_protocol_names();

// The states of include/net/tcp_states.h, without the TCP_.
NameTablePtr tcp_state_names();

// By the numbers of include/uapi/linux/if_ether.h: ipv4, arp, ipv6.
NameTablePtr ether_type_names();

}  // namespace bpfmap::decode
