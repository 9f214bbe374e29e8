// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/diagnostics.h"
#include "kernel/layout.h"
#include "kernel/map_info.h"

namespace bpfmap::decode {

// MapInfo::key_role where rows are made of events.
inline constexpr const char* kEventRole = "event";

// The key or the value of a map, as a whole in which a configuration names fields.
struct Whole {
  std::string map;
  std::string role;  // "key", "event" or "value"; also the name of a whole that is one number
  std::uint32_t size = 0;
  // Null where it cannot be known: then fields are named by offset, size and type.
  kernel::TypePtr type;
};

// A key or value of 1, 2, 4 or 8 bytes without BTF is taken for an unsigned number.
Whole key_of(const kernel::MapInfo& map);
Whole value_of(const kernel::MapInfo& map);

// Finds what the user named. Reports an error at the reference's position and returns nothing if it
// is not there.
std::optional<kernel::Field> find_field(const config::FieldRef& reference, const Whole& whole,
                                        config::Diagnostics& diagnostics);

// "'a', 'b' and 'c'" of at most a dozen, for messages.
std::string quoted_list(const std::vector<std::string>& words);

}  // namespace bpfmap::decode
