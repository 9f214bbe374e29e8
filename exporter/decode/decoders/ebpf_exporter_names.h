// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decode/decoders/name_table.h"

// What ebpf_exporter calls numbers, where it differs from system_names.h: the argument `names:
// ebpf_exporter` of decoders. Made at the first call, shared afterwards. Any thread.
namespace bpfmap::decode {

// Those up to 461, on every architecture: names of its table, in which those of 32-bit
// machines stand for 64-bit ones (futex_time64) and some calls go by the names of others
// (exit for exit_group).
NameTablePtr ebpf_exporter_syscall_names();

// Without those that the kernel keeps to itself.
NameTablePtr ebpf_exporter_errno_names();

}  // namespace bpfmap::decode
