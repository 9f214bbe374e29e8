// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach.h"

namespace bpfmap::kernel {

// Attaches to a function or an offset of a binary or library.
Result<Attachments> attach_uprobe(const LoadedProgram& program, const UprobeTarget& target);

}  // namespace bpfmap::kernel
