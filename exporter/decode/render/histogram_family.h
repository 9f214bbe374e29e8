// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/boot_clocks.h"
#include "base/byte_table.h"
#include "decode/amount_source.h"
#include "decode/number_source.h"
#include "decode/render/buckets.h"
#include "decode/render/family.h"
#include "decode/render/literal.h"

namespace bpfmap::decode {

// Where the counts of a histogram lie in a row.
struct HistogramSource {
  // One bucket a row: the slot is a part of the key, the count a part of the value.
  std::optional<NumberSource> slot;
  // The slot of the row that holds the sum instead of a count.
  std::optional<std::uint64_t> sum_key;

  // The counts: one of them with `slot`, otherwise one for each element of the array in the value.
  std::vector<NumberSource> counts;
  std::int64_t first_slot = 0;  // slot of counts[0]

  std::optional<AmountSource> sum;  // a part of the value
};

// A histogram: rows are grouped by their labels, and counts cumulated into buckets. _count is
// derived from the buckets, so that the two agree even when writers are at work; _sum is left out
// where the map holds none. Immutable; rendered by any number of threads, each with a run and a
// state of its own.
class HistogramFamily {
 public:
  class Run;

  HistogramFamily(FamilyFrame frame, HistogramSource source, Buckets buckets, config::Ratio unit);

  const FamilyFrame& frame() const { return frame_; }
  std::size_t size() const { return buckets_.size(); }
  // Adds a row to the counts of its series, one for each bucket, and to its sum.
  void add_row(const RowPart& part, exposition::Int128* counts, Amount& sum,
               DecodeState& state) const;
  // `labels` are at most as long as those of a row.
  void write_series(std::string_view labels, const exposition::Int128* counts, const Amount& sum,
                    FamilyRun& run) const;

  // What it counts: the same text for families whose counts and sums can be added.
  const std::string& layout() const { return layout_; }
  bool adds_up_with(const HistogramFamily& other) const { return layout_ == other.layout_; }

 private:
  bool has_sum() const { return source_.sum.has_value() || source_.sum_key.has_value(); }
  void add_value(const std::byte* key, const std::byte* value, exposition::Int128* counts,
                 Amount& sum, DecodeState& state) const;
  char* start_line(const Literal& opening, std::string_view labels, FamilyRun& run) const;

  FamilyFrame frame_;
  HistogramSource source_;
  Buckets buckets_;
  config::Ratio unit_;
  Literal bucket_opening_;                // `name_bucket{`
  std::vector<Literal> bucket_closings_;  // `,le="0.001"} `, of each bucket
  Literal sum_opening_;
  Literal count_opening_;
  Literal closing_;
  std::size_t max_line_bytes_;
  std::string layout_;
};

// One rendering: takes the rows as they come, and writes when all are there. One thread at a time.
class HistogramFamily::Run : public FamilyRun {
 public:
  // The family outlives the run.
  explicit Run(const HistogramFamily& family, const BootOffsets& clocks = {});

  void add(const kernel::RowBlock& rows, DecodeState& state);
  // After the last row. A histogram can always be completed.
  bool end_rows() { return true; }
  // After end_rows(): writes some of what is left to write. False when that was all.
  bool write_more();
  // The chunks of `text` that are full.
  exposition::Body take() { return text.take(); }

 private:
  const HistogramFamily* family_;
  std::vector<char> labels_;
  ByteTable table_;
  // Counts are summed in 128 bits, as everything is: a count that wraps would make the buckets
  // above it smaller than those below.
  std::vector<exposition::Int128> counts_;  // buckets of series 0, of series 1, ...
  std::vector<Amount> sums_;
  std::size_t written_ = 0;  // series
};

}  // namespace bpfmap::decode
