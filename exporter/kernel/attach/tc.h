// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach/site.h"
#include "model/attach_target.h"

namespace bpfmap::kernel {

// One direction of every interface that the target names: as a tcx link where the kernel has them
// (6.6) and no priority is asked for, as a clsact filter otherwise.
Sites tc_sites(const LoadedProgram& program, const model::TcTarget& target);

}  // namespace bpfmap::kernel
