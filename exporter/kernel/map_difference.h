// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernel/map_info.h"

namespace bpfmap::kernel {

// The fields of a type and their places, for comparisons. Names of types and enumerators are left
// out: u64 is __u64, and a new enumerator does no harm.
void append_fields(std::string& text, const Type& type);

// What keeps two maps from being read as one: "type (hash and array)", "the fields of their
// values". Empty where nothing does. Fields are compared where both maps have BTF.
std::string map_difference(const MapInfo& one, const MapInfo& other);

}  // namespace bpfmap::kernel
