// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach/site.h"
#include "model/attach_target.h"

namespace bpfmap::kernel {

// A statically defined probe of a binary or library.
Sites usdt_sites(const LoadedProgram& program, const model::UsdtTarget& target);

}  // namespace bpfmap::kernel
