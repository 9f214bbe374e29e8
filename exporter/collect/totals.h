// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "base/byte_table.h"
#include "base/clock.h"
#include "collect/row_growth.h"

namespace bpfmap::collect {

// Totals in user space, by the map's own keys: what the kernel counted stays when it evicts or
// deletes an entry (mode accumulate), or when we take it out ourselves (mode drain). Holds at most
// KeepingPlan::max_keys keys; what other keys grow by is added to one row for the rest, so that
// nothing is lost but its name. One thread at a time.
class Totals {
 public:
  // `plan` outlives this.
  explicit Totals(const decode::KeepingPlan& plan);

  // A walk begins, its rows (in words, see wide_rows) come, it ends. A walk that fails ends with
  // abandon_walk(): what was added stays, and no key counts as gone.
  void begin_walk();
  void add(const kernel::RowBlock& wide, TimePoint now);
  void end_walk(TimePoint now);
  void abandon_walk() {}

  // Every total, and the rest.
  std::vector<kernel::RowBlock> rows() const;

  // Keys that had no room so far, each counted in every walk that met it; and keys forgotten.
  std::uint64_t folded_rows() const { return folded_rows_; }
  std::uint64_t expired_keys() const { return expired_keys_; }

 private:
  void make_room_for(std::string_view key, TimePoint now);
  void absorb(std::size_t number, std::span<const std::uint64_t> now, TimePoint time);
  void fold(const std::byte* key, std::span<const std::uint64_t> now);
  void expire(TimePoint now);
  bool is_drain() const { return plan_.mode == config::MapMode::kDrain; }

  const decode::KeepingPlan& plan_;
  std::size_t words_;  // of a row
  ByteTable keys_;
  std::vector<std::uint64_t> totals_;   // `words_` for each key
  std::vector<std::uint64_t> last_;     // accumulate: what the kernel's entry held
  std::vector<std::uint64_t> walk_of_;  // the last walk that saw the key
  std::vector<TimePoint> changed_;
  std::vector<std::uint64_t> growth_;
  std::uint64_t walk_ = 0;
  RowGrowth folded_;  // accumulate: what keys without room held
  RestRows rest_;
  std::uint64_t folded_rows_ = 0;
  std::uint64_t expired_keys_ = 0;
};

}  // namespace bpfmap::collect
