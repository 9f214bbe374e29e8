// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/byte_table.h"

namespace bpfmap::kernel {

// The keys that a walk has returned and those that earlier walks had: what a walk over chains that
// change meanwhile returns twice is found by the former, what it passed by is found by the latter.
// Memory is that of the keys of one walk, and of at most as many that are gone. Not thread-safe.
class KeyLedger {
 public:
  KeyLedger(std::uint32_t key_size, std::uint32_t map_entries)
      : key_size_(key_size), most_steps_(std::uint64_t{4} * map_entries + 1024) {}

  void begin_walk();

  // True when the walk sees the key for the first time. Counts as one step of it.
  bool note(const std::byte* key);

  // The walk has gone further than the map can be long: it runs in circles.
  bool exhausted() const { return steps_ > most_steps_; }

  // The next key of earlier walks that this one has not seen, null when there are no more. Each is
  // returned once in a walk; keys that are noted in between are not. Valid until begin_walk().
  const std::byte* next_missing();
  // The key that next_missing() returned last exists no more.
  void forget();

 private:
  void drop_forgotten();

  std::size_t key_size_;
  std::uint64_t most_steps_;
  std::uint64_t steps_ = 0;
  ByteTable keys_;
  std::vector<std::uint64_t> last_seen_;  // by the key's number: a walk, 0 for a forgotten key
  std::uint64_t walk_ = 0;
  // Walks of a map that does not change see its keys in the same order: the next one is where the
  // last one was followed by it, and needs no search.
  std::size_t expected_ = 0;
  std::size_t checked_ = 0;
  std::size_t forgotten_ = 0;
};

}  // namespace bpfmap::kernel
