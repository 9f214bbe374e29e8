// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace bpfmap::decode {

// Numbers the distinct label sets of a family from 0, by the bytes they render to - never by values
// joined with a separator, which can merge what is different. Copies each label set once; allocates
// in large steps. Not thread-safe.
class SeriesTable {
 public:
  SeriesTable() : slots_(kFirstSlots) {}

  // The number of this label set; a new one gets the next number.
  std::size_t find_or_add(std::string_view labels);

  std::size_t size() const { return labels_.size(); }
  std::string_view labels(std::size_t series) const { return labels_[series]; }

 private:
  // Open addressing with linear probing: with std::unordered_map a rendering that merges a million
  // rows took three times as long, most of it waiting for memory.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = 0;  // of the series, from 1; 0: free
  };

  std::string_view keep(std::string_view labels);
  Slot& free_slot(std::uint32_t hash);
  void grow();

  static constexpr std::size_t kFirstSlots = 64;  // a power of two, as are all sizes
  static constexpr std::size_t kArenaBytes = std::size_t{64} * 1024;
  std::vector<Slot> slots_;
  std::vector<std::string_view> labels_;
  std::vector<std::unique_ptr<char[]>> arenas_;
  std::size_t used_ = kArenaBytes;  // of the last arena
};

}  // namespace bpfmap::decode
