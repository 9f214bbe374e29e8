// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/byte_table.h"
#include "base/clock.h"
#include "collect/row_growth.h"
#include "decode/host_names.h"

namespace bpfmap::collect {

// Chooses the series of a map that are exported, by the texts of their labels: those that filters
// let pass, that changed lately, and that are among the first or the largest. The others are folded
// into rows for the rest, which counts what they grow by and therefore never falls, or left out.
//
// A series keeps its place as long as the map holds it; with `top` places are given anew in every
// walk. One thread at a time.
class SeriesLimiter {
 public:
  // `plan` outlives this.
  explicit SeriesLimiter(const decode::KeepingPlan& plan);

  // The rows of a whole walk, in words, without those that are not to be seen.
  std::vector<kernel::RowBlock> choose(std::vector<kernel::RowBlock> wide, TimePoint now);

  // Of the last walk.
  std::uint64_t dropped_series() const { return dropped_; }  // by filters
  std::uint64_t expired_series() const { return expired_; }
  std::uint64_t folded_series() const { return folded_; }
  // The keys of expired series.
  const std::vector<std::string>& expired_keys() const { return expired_keys_; }

 private:
  enum class Place : std::uint8_t { kUndecided, kOwn, kRest, kDropped, kExpired };
  struct Series {
    bool passes = true;
    Place place = Place::kUndecided;
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
                    TimePoint now) const;
  void expire(TimePoint now);
  void place_first();
  void place_largest();
  kernel::RowBlock keep_rows(const kernel::RowBlock& wide, const std::uint32_t* series);

  const decode::KeepingPlan& plan_;
  decode::HostNames names_;
  Walk before_;
  Walk now_;
  RowGrowth growth_;  // of folded rows; with `top` of all, as every row may be folded next time
  RestRows rest_;
  std::uint64_t dropped_ = 0;
  std::uint64_t expired_ = 0;
  std::uint64_t folded_ = 0;
  std::vector<std::string> expired_keys_;
};

}  // namespace bpfmap::collect
