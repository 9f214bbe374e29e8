// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/libbpf.h>

#include <string>

namespace bpfmap::kernel {

// Which parameter of a map that is pinned differs from what an object says: "max_entries is 100 in
// the pinned map and 50 in the object". Empty where none does.
std::string parameter_difference(const bpf_map* map, int pinned);

}  // namespace bpfmap::kernel
