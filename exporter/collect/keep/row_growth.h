// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/byte_table.h"
#include "decode/keeping.h"

namespace bpfmap::collect {

// The lanes of a row of 64-bit words: all lanes of the first CPU, all of the second, ...
inline const decode::Lane& lane_of(std::span<const decode::Lane> lanes, std::size_t word) {
  return lanes[word % lanes.size()];
}

// What words grew by since they were `before`. Where a count of them became less, all started anew
// (the kernel evicts and programs delete whole entries), and what they are now is what they grew
// by. Numbers with a sign may fall by themselves: that says nothing and adds nothing. Gauges do not
// grow: what they are now is what they are.
void growth_of(std::span<const decode::Lane> lanes, std::span<const std::uint64_t> now,
               std::span<const std::uint64_t> before, std::span<std::uint64_t> growth);
// The same of words that were not there before.
void growth_of_new(std::span<const decode::Lane> lanes, std::span<const std::uint64_t> now,
                   std::span<std::uint64_t> growth);

// A row of a series that is not to be seen any more, because nothing of it changed for long.
struct ExpiredRow {
  std::size_t row;       // counted over the rows of a walk, without those for the rest
  std::uint32_t series;  // rows of a series have the same number
};

// Remembers the rows of the last walk, to say how much each of them grew in this one. Holds no more
// rows than the map has. One thread at a time.
class RowGrowth {
 public:
  // `plan` outlives this.
  explicit RowGrowth(const decode::KeepingPlan& plan)
      : plan_(plan), growth_(plan.shape.row_value_size() / 8) {}

  // Forgets the rows that the walk before the last one saw and the last did not.
  void begin_walk();
  // The walk failed: the rows that it did not come to are as the walk before saw them.
  void abandon_walk();
  // Whatever comes is new.
  void forget() {
    before_ = {};
    now_ = {};
  }

  // What the row grew by since the last walk: all of it where it was not seen then. Each row once a
  // walk. Valid until the next call.
  std::span<const std::uint64_t> add(std::string_view key, std::span<const std::uint64_t> now);

  // The row as the last walk saw it; empty where it did not.
  std::span<const std::uint64_t> before(std::string_view key) const;

 private:
  struct Rows {
    ByteTable keys;
    std::vector<std::uint64_t> words;

    void add(std::string_view key, std::span<const std::uint64_t> row);
  };

  const decode::KeepingPlan& plan_;
  Rows before_;
  Rows now_;
  std::vector<std::uint64_t> growth_;
};

// Rows that stand for many: one for each slot of a histogram whose buckets are rows, otherwise one.
class RestRows {
 public:
  explicit RestRows(const decode::KeepingPlan& plan);

  // Adds words to the row of that key's slot; a gauge's by its own rule.
  void add(const std::byte* key, std::span<const std::uint64_t> words);
  // Sets what gauges show back to nothing: they are added anew in every walk.
  void forget_gauges();

  bool empty() const { return slots_.size() == 0; }
  kernel::RowBlock block() const;

 private:
  const decode::KeepingPlan& plan_;
  std::size_t words_;
  ByteTable slots_;  // keys with all but the slot blanked
  std::vector<std::uint64_t> totals_;
  std::vector<bool> fresh_;  // of a row whose gauges have nothing yet
};

// Adds the number that begins with a lane as that wants it: counts and sums are added up, the rest
// is the larger or smaller.
void combine_number(const decode::Lane& lane, std::uint64_t* to, const std::uint64_t* amount);

// The rows of a block in words: CPUs combined, unless they stay apart.
kernel::RowBlock wide_rows(const decode::KeepingPlan& plan, const kernel::RowBlock& rows);

// The words of a row of such a block.
inline std::span<const std::uint64_t> words_of(const kernel::RowBlock& wide, std::uint32_t row) {
  return {reinterpret_cast<const std::uint64_t*>(wide.value(row)), wide.row_value_size() / 8};
}
inline std::string_view key_text(const std::byte* key, std::size_t size) {
  return {reinterpret_cast<const char*>(key), size};
}

}  // namespace bpfmap::collect
