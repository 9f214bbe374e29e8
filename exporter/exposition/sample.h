// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "exposition/numbers.h"

// What every exposition format writes: views of samples, which own nothing and live as long as the
// call they are passed to.
namespace bpfmap::exposition {

// Name and value; the name is valid (names.h), the value may be any bytes.
using Label = std::pair<std::string_view, std::string_view>;
using Labels = std::span<const Label>;

// One histogram: `counts` has one entry more than `bounds`, the last one for what lies above all
// bounds. Counts are those of each bucket alone; the writer sums them up and derives `_count`,
// which therefore always agrees with the buckets. What `counts` has too few reads as 0, what it has
// too many counts as above.
struct HistogramSample {
  std::span<const double> bounds = {};  // finite, ascending, without duplicates
  std::span<const std::uint64_t> counts = {};
  std::optional<Number> sum = {};  // where it is unknown, no `_sum` is written
};

}  // namespace bpfmap::exposition
