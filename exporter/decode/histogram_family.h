// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "decode/amount.h"
#include "decode/buckets.h"
#include "decode/family.h"
#include "decode/literal.h"
#include "decode/number_source.h"

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

  std::optional<NumberSource> sum;  // a part of the value
};

// A histogram: rows are grouped by their labels, and counts cumulated into buckets. _count is
// derived from the buckets, so that the two agree even when writers are at work; _sum is left out
// where the map holds none. Immutable; rendered by any number of threads, each with a state of its
// own.
class HistogramFamily {
 public:
  HistogramFamily(FamilyFrame frame, HistogramSource source, Buckets buckets, config::Ratio unit);

  // Appends the family, whole; returns how many samples it has.
  std::uint64_t render(Rows rows, exposition::BodyWriter& writer, DecodeState& state) const;

 private:
  struct Groups;
  void add_row(const std::byte* key, const std::byte* value, std::size_t series, Groups& groups,
               DecodeState& state) const;
  std::uint64_t write_series(std::string_view labels, const exposition::Int128* counts,
                             const Amount& sum, exposition::BodyWriter& writer) const;

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
};

}  // namespace bpfmap::decode
