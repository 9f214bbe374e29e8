// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>

namespace bpfmap::kernel {

// The keys that a walk has returned. The kernel's get_next_key starts over at the first key when
// the key it is asked about was deleted meanwhile; without this a walk would return keys twice,
// or never end.
class SeenKeys {
 public:
  // Allows `map_entries` keys to be walked a few times over before a walk is given up.
  SeenKeys(std::uint32_t key_size, std::uint32_t map_entries)
      : key_size_(key_size), most_steps_(std::uint64_t{4} * map_entries + 1024) {}

  void clear() {
    seen_.clear();
    steps_ = 0;
  }

  // True when the key is new. Counts as one step of the walk.
  bool insert(const std::byte* key) {
    ++steps_;
    return seen_.emplace(reinterpret_cast<const char*>(key), key_size_).second;
  }

  // The map changes faster than it can be walked: the same keys come again and again.
  bool exhausted() const { return steps_ > most_steps_; }

 private:
  std::size_t key_size_;
  std::uint64_t most_steps_;
  std::uint64_t steps_ = 0;
  std::unordered_set<std::string> seen_;
};

inline constexpr const char* kWalkExhausted =
    "given up: keys were deleted faster than the map could be walked, "
    "so that the kernel started over too often";

}  // namespace bpfmap::kernel
