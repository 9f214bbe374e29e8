// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/code/program_code.h"
#include "kernel/memory_use.h"

namespace bpfmap::kernel {

// What the programs of an object do with its maps and variables, along all ways through their code,
// or along those only that the settings in .rodata leave open.
MemoryUses follow_code(const ProgramCode& code, bool with_settings);

}  // namespace bpfmap::kernel
