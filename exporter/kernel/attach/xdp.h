// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach/site.h"
#include "model/attach_target.h"

namespace bpfmap::kernel {

// Every interface that the target names, one link each.
Sites xdp_sites(const LoadedProgram& program, const model::XdpTarget& target);

}  // namespace bpfmap::kernel
