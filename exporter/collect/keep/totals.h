// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "base/byte_table.h"
#include "collect/keep/row_growth.h"

namespace bpfmap::collect {

// Totals in user space, by the map's own keys: what the kernel counted stays when it evicts or
// deletes an entry (mode accumulate), or when the reader takes it out (mode drain). An entry whose
// labels are made of its value counts into one total at a time: when its labels change, the total
// of the old ones stays, and that of the new ones grows by what is counted from then on. Holds at
// most KeepingPlan::max_keys keys; what other keys grow by is added to one row for the rest, so
// that nothing is lost but its name. One thread at a time.
class Totals {
 public:
  // `plan` outlives this.
  explicit Totals(const decode::KeepingPlan& plan);

  // A walk begins, its rows (in words, see wide_rows) come, it ends. Where it fails it never ends:
  // what was added stays, and no key counts as gone.
  void begin_walk();
  void add(const kernel::RowBlock& wide);
  void end_walk();

  // Every total by its number, and the rest.
  std::vector<kernel::RowBlock> rows() const;
  // Whether the last walk found that total's key in the map; never in mode drain, which
  // takes it out.
  bool is_in_map(std::size_t number) const { return !is_drain() && walk_of_[number] == walk_; }

  // Forgets the totals of expired series, to be called after end_walk() with what rows() returned.
  // All of a series or nothing: a series that comes back with less would look as if it had counted
  // what is left once more. For the same reason keys that the map still holds are not forgotten.
  void forget(const std::vector<ExpiredRow>& expired);

  // The map is not the one of the last walk: its entries begin anew.
  void map_was_replaced();

  // Keys without room in the last walk, and those of them that the walk before did not meet.
  std::uint64_t folded_keys() const { return folded_keys_; }
  std::uint64_t newly_folded_keys() const { return newly_folded_keys_; }

 private:
  void make_room_for(std::string_view key);
  void absorb(std::size_t number, std::span<const std::uint64_t> now);
  void fold(const std::byte* key, std::span<const std::uint64_t> now);
  void keep_only(const std::vector<bool>& kept);
  bool is_drain() const { return plan_.mode == config::MapMode::kDrain; }
  // Whether rows are what totals grow by, and not what they are compared with.
  bool adds_rows() const { return is_drain() || plan_.value_label_bytes > 0; }
  std::span<const std::uint64_t> growth_of_entry(std::string_view key,
                                                 std::span<const std::uint64_t> now);

  const decode::KeepingPlan& plan_;
  std::size_t words_;  // of a row
  ByteTable keys_;
  std::vector<std::uint64_t> totals_;   // `words_` for each key
  std::vector<std::uint64_t> last_;     // accumulate: what the kernel's entry held
  std::vector<std::uint64_t> walk_of_;  // the last walk that saw the key
  std::vector<std::uint64_t> growth_;
  std::uint64_t walk_ = 0;
  bool walking_ = false;  // still so when the next walk begins: the last one failed
  // accumulate: what keys without room held. Where labels are made of values: what every entry
  // held, whose growth goes to the total of what its labels are now.
  RowGrowth entries_;
  RestRows rest_;
  std::uint64_t folded_keys_ = 0;
  std::uint64_t newly_folded_keys_ = 0;
};

}  // namespace bpfmap::collect
