// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace bpfmap::kernel {

// The address of a symbol of the running kernel or its modules, from /proc/kallsyms. The error says
// whether there is no such symbol, or whether the kernel hides its addresses.
Result<std::uint64_t> kernel_address(const std::string& symbol);

}  // namespace bpfmap::kernel
