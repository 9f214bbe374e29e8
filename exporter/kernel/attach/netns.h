// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach/site.h"
#include "model/attach_target.h"

namespace bpfmap::kernel {

// The network namespace that a file stands for, or that of the calling thread.
Sites netns_sites(const LoadedProgram& program, const model::NetnsTarget& target);

}  // namespace bpfmap::kernel
