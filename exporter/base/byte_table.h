// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace bpfmap {

// Numbers distinct strings of bytes (rendered labels, raw keys) from 0, in the order they come.
// Copies each of them once; allocates in large steps. Not thread-safe; movable.
class ByteTable {
 public:
  ByteTable() : slots_(kFirstSlots) {}

  // The number of these bytes; new ones get the next number.
  std::size_t find_or_add(std::string_view bytes);
  // Nothing where they are not in the table.
  std::optional<std::size_t> find(std::string_view bytes) const;

  std::size_t size() const { return entries_.size(); }
  // Valid until the table is gone, however much it grows.
  std::string_view bytes(std::size_t number) const { return entries_[number]; }

 private:
  // Open addressing with linear probing: with std::unordered_map a rendering that merges a million
  // rows took three times as long, most of it waiting for memory.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = 0;  // of the entry, from 1; 0: free
  };

  std::optional<std::size_t> find(std::string_view bytes, std::uint32_t hash) const;
  std::string_view keep(std::string_view bytes);
  Slot& free_slot(std::uint32_t hash);
  void grow();

  static constexpr std::size_t kFirstSlots = 64;  // a power of two, as are all sizes
  static constexpr std::size_t kArenaBytes = std::size_t{64} * 1024;
  std::vector<Slot> slots_;
  std::vector<std::string_view> entries_;
  std::vector<std::unique_ptr<char[]>> arenas_;
  std::size_t used_ = kArenaBytes;  // of the last arena
};

}  // namespace bpfmap
