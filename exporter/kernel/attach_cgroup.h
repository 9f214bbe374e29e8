// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach.h"

namespace bpfmap::kernel {

// Attaches to a directory of cgroup v2, beside whatever else is attached there.
Result<Attachments> attach_cgroup(const LoadedProgram& program, const CgroupTarget& target);

}  // namespace bpfmap::kernel
