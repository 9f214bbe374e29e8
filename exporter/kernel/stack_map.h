// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernel/map_shape.h"

namespace bpfmap::kernel {

// A map of type STACK_TRACE of an object, which programs fill by bpf_get_stackid(). It is not
// walked: the keys of other maps have the ids of its stacks.
class StackMap {
 public:
  // Copies the value of an id, all of it, zeroes behind the last frame; false where there is none.
  using Lookup = std::function<bool(std::uint32_t id, std::byte* value)>;

  StackMap(std::string name, const MapShape& shape) : name_(std::move(name)), shape_(shape) {}

  const std::string& name() const { return name_; }
  // Its frames are build ids and file offsets instead of addresses (BPF_F_STACK_BUILD_ID).
  bool has_build_ids() const;
  // The most frames that a stack has.
  std::size_t depth() const { return shape_.value_size / sizeof(std::uint64_t); }

  // Once the map exists and before any thread reads.
  void bind(Lookup lookup) { lookup_ = std::move(lookup); }
  const Lookup& lookup() const { return lookup_; }

  // Fills `frames`, which it enlarges to depth(), with the addresses of a stack, innermost first,
  // and returns how many there are; 0 where there is no stack of that id (any more). Any thread.
  std::size_t read(std::uint32_t id, std::vector<std::uint64_t>& frames) const;

 private:
  std::string name_;
  MapShape shape_;
  Lookup lookup_;
};

using StackMaps = std::vector<std::shared_ptr<StackMap>>;

bool is_stack_trace(std::uint32_t map_type);

// Looks up in the map behind `fd`, of which it keeps a descriptor of its own.
StackMap::Lookup lookup_in(int fd);

}  // namespace bpfmap::kernel
