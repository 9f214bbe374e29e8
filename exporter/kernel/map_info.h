// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "kernel/layout.h"
#include "kernel/map_shape.h"
#include "kernel/stack_map.h"

// What is known of a map before it is read: a value, free of the kernel.
namespace bpfmap::kernel {

struct MapInfo {
  std::string name;
  // What messages call the key: "event" where rows are made of events.
  std::string key_role = "key";
  MapShape shape;
  TypePtr key;                           // null without BTF
  TypePtr value;                         // null without BTF
  std::shared_ptr<const MapInfo> inner;  // what a map of maps holds, where the object says so
  // The maps of the same object that hold stacks, whose ids its key may have; null for the
  // maps of others.
  std::shared_ptr<const StackMaps> stacks = {};
  // LIBBPF_PIN_BY_NAME: every object that loads a map of that name shares it.
  bool pinned_by_name = false;
};

// What a configuration says about the size of a map, in place of what the object says.
struct MapSizes {
  std::optional<std::uint32_t> key_size;
  std::optional<std::uint32_t> value_size;
  std::optional<std::uint32_t> max_entries;
  bool operator==(const MapSizes&) const = default;
};
struct MapSizesRequest {
  std::string map;
  MapSizes own;
  MapSizes inner;  // of the maps in a map of maps
  bool operator==(const MapSizesRequest&) const = default;
};

}  // namespace bpfmap::kernel
