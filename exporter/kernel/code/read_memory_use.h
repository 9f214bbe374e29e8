// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/code/program_code.h"
#include "kernel/memory_use.h"

namespace bpfmap::kernel {

// Follows the instructions of all programs through branches and calls of their own functions, and
// what registers and the stack hold by kind: addresses of maps and of values with their offsets,
// numbers and where they come from. Ways that the settings in .rodata shut are not taken. A
// guess for `init`, which starts a configuration, and not a proof: what it cannot follow is
// `escapes`. Everything escapes where the code is larger than it has patience for (some
// hundred thousand steps).
MemoryUses memory_uses(const ProgramCode& code);

}  // namespace bpfmap::kernel
