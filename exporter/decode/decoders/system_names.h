// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decode/decoders/name_table.h"

// Tables of the system we were built for; made at the first call, shared afterwards. Any thread.
namespace bpfmap::decode {

// Positive numbers: what libc knows, and those that the kernel uses only inside
// (include/linux/errno.h) but BPF programs see, such as ERESTARTSYS. 0 has no name.
NameTablePtr errno_names();

// Real-time signals as kill(1) calls them: SIGRTMIN is 34, because libc keeps 32 and 33 for itself.
NameTablePtr signal_names();

// System calls of the architecture we run on, as libseccomp knows them.
NameTablePtr syscall_names();

}  // namespace bpfmap::decode
