// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "decode/amount_source.h"
#include "decode/number_source.h"
#include "decode/render/buckets.h"
#include "decode/render/family.h"
#include "decode/render/row_parts.h"
#include "exposition/formats.h"

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

// A histogram: what a row adds to the buckets of its series, and how series are laid out in every
// format. The count of a series is derived from its buckets, so that the two agree even when
// writers are at work; its sum is left out where the map holds none. Immutable; any thread.
class HistogramFamily {
 public:
  HistogramFamily(FamilyFrame frame, HistogramSource source, Buckets buckets, config::Ratio unit);

  const FamilyFrame& frame() const { return frame_; }
  std::size_t size() const { return buckets_.size(); }
  bool has_sum() const { return source_.sum.has_value() || source_.sum_key.has_value(); }
  config::Ratio unit() const { return unit_; }  // of sums

  // Adds a row to the counts of its series, one for each bucket, and to its sum.
  void add_row(const RowPart& part, std::span<exposition::Int128> counts, Amount& sum,
               DecodeState& state) const;
  bool is_left_out(std::span<const exposition::Int128> counts) const;

  template <typename Format>
  const typename Format::Histogram& layout() const {
    return std::get<typename Format::Histogram>(layouts_);
  }

  // What it counts: the same text for families whose counts and sums can be added.
  const std::string& meaning() const { return meaning_; }
  bool adds_up_with(const HistogramFamily& other) const { return meaning_ == other.meaning_; }

 private:
  void add_value(const std::byte* key, const std::byte* value, std::span<exposition::Int128> counts,
                 Amount& sum, DecodeState& state) const;

  FamilyFrame frame_;
  HistogramSource source_;
  Buckets buckets_;
  config::Ratio unit_;
  exposition::HistogramLayouts layouts_;
  std::string meaning_;
};

}  // namespace bpfmap::decode
