// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach.h"

namespace bpfmap::kernel {

// Attaches to one direction of every interface that the target names: as a tcx link where the
// kernel has them (6.6) and no priority is asked for, as a clsact filter otherwise.
Result<Attachments> attach_tc(const LoadedProgram& program, const TcTarget& target);

}  // namespace bpfmap::kernel
