// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach/site.h"
#include "model/attach_target.h"

namespace bpfmap::kernel {

// A function, all functions that a pattern matches, or an offset of a binary or library: of many
// functions at once where the program was loaded for that, a link each otherwise.
Sites uprobe_sites(const LoadedProgram& program, const model::UprobeTarget& target);

}  // namespace bpfmap::kernel
