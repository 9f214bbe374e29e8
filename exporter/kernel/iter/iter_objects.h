// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace bpfmap::kernel {

// The bytes of an object of bpf/ that is compiled into this module ("iter_map_elem"); empty for
// any other name. They live as long as the process.
std::span<const std::byte> embedded_object(std::string_view name);

}  // namespace bpfmap::kernel
