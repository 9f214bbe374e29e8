// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach.h"

namespace bpfmap::kernel {

// Every interface that the target names, one link each.
Sites xdp_sites(const LoadedProgram& program, const XdpTarget& target);

}  // namespace bpfmap::kernel
