// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach.h"

namespace bpfmap::kernel {

// A statically defined probe of a binary or library.
Sites usdt_sites(const LoadedProgram& program, const UsdtTarget& target);

}  // namespace bpfmap::kernel
