// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach.h"

namespace bpfmap::kernel {

// Attaches to a statically defined probe of a binary or library.
Result<Attachments> attach_usdt(const LoadedProgram& program, const UsdtTarget& target);

}  // namespace bpfmap::kernel
