// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kernel/map_info.h"

namespace bpfmap::decode {

// The name under which rows of a map of maps have the outer key.
inline constexpr const char* kOuterKey = "outer";
// The name of a type that says which of several maps a row is of.
inline constexpr const char* kWhichMap = "which map";

// The rows of a map whose keys are followed by something that a reader puts there (the key of the
// outer map, which of several maps): what `info` says, with `type` behind the key under `name`, or,
// where that is empty, as bytes that have no name and are summed away as padding is. Fields of the
// key keep their names and offsets. Bytes without BTF that are no number are an array of unsigned
// char called `key`. The index of an array with room for one says nothing and is left out.
kernel::MapInfo with_suffix(const kernel::MapInfo& info, const std::string& name,
                            const kernel::TypePtr& type);

// The type of a key that may be without BTF: that of BTF, an unsigned number, or an array of bytes.
kernel::TypePtr key_or_bytes(const kernel::MapInfo& info);

// A number that reads as one of these texts: 0 is the first.
kernel::TypePtr choice_of(const std::vector<std::string>& texts);

}  // namespace bpfmap::decode
