// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "config/config.h"
#include "decode/number_source.h"
#include "exposition/numbers.h"

namespace bpfmap::decode {

// Which bucket an observed number belongs to: the first whose bound it does not exceed, as
// Prometheus' `le` says, otherwise the last, +Inf. Bounds and numbers are in the same unit,
// that of the field. Integers are compared as integers: no rounding moves one that lies at
// a bound. Immutable.
class ObservedBuckets {
 public:
  // Of the slots `first` to `last`, whose bounds ascend (decode/render/buckets.h).
  ObservedBuckets(const config::BucketsConfig& config, std::int64_t first, std::int64_t last);

  // Finite buckets and +Inf.
  std::size_t size() const { return bounds_.size() + 1; }

  std::size_t index_of(Number number) const {
    switch (number.kind) {
      case Number::Kind::kUnsigned: return index_of_integer(number.bits);
      case Number::Kind::kSigned: return index_of_integer(number.as_signed());
      case Number::Kind::kFloat: break;
    }
    // Not `bound < value`: what is not a number lies below no bound.
    const double value = number.as_double();
    const auto at = std::partition_point(bounds_.begin(), bounds_.end(),
                                         [&](double bound) { return !(value <= bound); });
    return static_cast<std::size_t>(at - bounds_.begin());
  }

 private:
  std::size_t index_of_integer(exposition::Int128 value) const {
    const auto at = std::lower_bound(floors_.begin(), floors_.end(), value);
    return static_cast<std::size_t>(at - floors_.begin());
  }

  std::vector<double> bounds_;
  std::vector<exposition::Int128> floors_;  // the largest integer in each bucket
};

}  // namespace bpfmap::decode
