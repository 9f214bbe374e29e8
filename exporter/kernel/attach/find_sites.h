// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach/site.h"
#include "model/attach_target.h"

namespace bpfmap::kernel {

// The target fits the program's type. What is returned uses both arguments.
Sites find_sites(const LoadedProgram& program, const model::AttachTarget& target);

}  // namespace bpfmap::kernel
