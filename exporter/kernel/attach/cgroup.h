// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach/site.h"
#include "model/attach_target.h"

namespace bpfmap::kernel {

// A directory of cgroup v2, or all that a pattern matches, beside whatever else is attached there.
Sites cgroup_sites(const LoadedProgram& program, const model::CgroupTarget& target);

}  // namespace bpfmap::kernel
