// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "config/diagnostics.h"
#include "config/tree.h"
#include "kernel/layout.h"

namespace bpfmap::decode {

// The bytes of a value written in YAML as a BPF program sees it, by its BTF type: numbers in range,
// booleans, enumerators by name, text in char arrays (with room for its NUL), lists for arrays,
// mappings for structs with every member. Reports at the value's own place what does not fit.
std::optional<std::vector<std::byte>> encode_value(const config::Tree& value,
                                                   const kernel::Type& type,
                                                   config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
