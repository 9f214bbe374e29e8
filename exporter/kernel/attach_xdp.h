// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach.h"

namespace bpfmap::kernel {

// Attaches to every interface that the target names, one link each.
Result<Attachments> attach_xdp(const LoadedProgram& program, const XdpTarget& target);

}  // namespace bpfmap::kernel
