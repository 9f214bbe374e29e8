// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/byte_table.h"
#include "base/clock.h"
#include "collect/keep/kept_counts.h"
#include "collect/keep/row_growth.h"
#include "host/host_names.h"

namespace bpfmap::collect {

// Chooses the series of a map that are exported, by the texts of their labels: those that filters
// let pass, that changed lately, and that are among the first or the largest. The others are folded
// into rows for the rest, which counts what they grow by and therefore never falls, or left out.
//
// A series keeps its place as long as the map holds it and it does not expire; with `top` places
// are given anew in every walk. One thread at a time.
class SeriesLimiter {
 public:
  // `plan` outlives this.
  SeriesLimiter(const decode::KeepingPlan& plan, std::shared_ptr<host::Host> host);

  // The rows of a whole walk, in words, without those that are not to be seen.
  std::vector<kernel::RowBlock> choose(std::vector<kernel::RowBlock> wide, TimePoint now);

  // Of the last walk; what is new against the walk before it.
  const LeftOut& left_out() const { return left_out_; }
  const LeftOut& newly_left_out() const { return newly_; }
  // The rows of expired series, and with `delete_expired` the keys of each of them.
  const std::vector<ExpiredRow>& expired_rows() const { return expired_rows_; }
  const std::vector<std::string>& expired_keys() const { return expired_keys_; }

 private:
  enum class Place : std::uint8_t { kUndecided, kOwn, kRest, kDropped };
  struct Series {
    Place place = Place::kUndecided;
    bool expired = false;  // not seen, whatever its place
    bool was_folded = false;
    bool was_expired = false;

    bool is_folded() const { return place == Place::kRest && !expired; }
    bool is_own() const { return place == Place::kOwn && !expired; }

    std::uint64_t digest = 0;  // of all its rows
    std::uint64_t last_digest = 0;
    TimePoint changed;
    double size = 0;  // what `top` compares
  };
  struct Walk {
    ByteTable labels;
    std::vector<Series> series;
  };

  // The number of each row's series, in the order of rows.
  std::vector<std::uint32_t> number_rows(const std::vector<kernel::RowBlock>& wide, TimePoint now);
  Series remembered(std::string_view labels, const std::byte* key, decode::DecodeState& state,
                    TimePoint now);
  bool was_folded(const std::byte* key) const;
  std::string_view entry_of(const std::byte* key) const;
  void expire(TimePoint now);
  void count();
  void place_first();
  void place_largest();
  kernel::RowBlock keep_rows(const kernel::RowBlock& wide, const std::uint32_t* numbers);

  const decode::KeepingPlan& plan_;
  host::HostNames names_;
  Walk before_;
  Walk now_;
  RowGrowth growth_;  // of rows that are folded, or may be in the next walk
  // Where labels are made of values and places are kept: the entries that are folded, in the walk
  // before and in this one.
  ByteTable folded_before_;
  ByteTable folded_now_;
  RestRows rest_;
  LeftOut left_out_;
  LeftOut newly_;
  std::size_t row_ = 0;  // see ExpiredRow
  std::vector<ExpiredRow> expired_rows_;
  std::vector<std::string> expired_keys_;
};

}  // namespace bpfmap::collect
