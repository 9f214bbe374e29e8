// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"

namespace bpfmap::decode {

// More is a mistake in the configuration: Prometheus would store a series for each.
inline constexpr std::int64_t kMostBuckets = 1000;

// The buckets of a histogram: which bucket a slot of the BPF program counts into, and the text
// of its bound.
//
// Slot i ends, inclusively as Prometheus' `le`, at
//   exp2      2^i                   exp2zero      0 for i = 0, else 2^(i-1)
//   log2      2^(i+1) - 1           bcc_hist      2^i - 1
//   linear    i * step              linear_floor  (i + 1) * step - 1
//   explicit  bounds[i]             fixed         i, where it is one of the bounds
//   bpftrace_hist   -1 for i = 0, else what is below the next slot of hist(..., bits)
//   bpftrace_lhist  min + i * step - 1
// times the unit. Slots above the last finite one count into +Inf; slots below the first lie below
// its bound and count into it.
class Buckets {
 public:
  // Slots `first` to `last` are finite, first <= last, and their bounds ascend. Of explicit and
  // fixed buckets these are the indexes of the bounds.
  Buckets(const config::BucketsConfig& config, std::int64_t first, std::int64_t last);

  // Finite buckets and +Inf.
  std::size_t size() const { return texts_.size(); }
  std::size_t finite() const { return size() - 1; }

  std::size_t index_of(std::int64_t slot) const {
    if (!fixed_.empty()) {
      const auto at = std::lower_bound(fixed_.begin(), fixed_.end(), slot);
      return static_cast<std::size_t>(at - fixed_.begin());
    }
    if (slot > last_) return finite();
    return slot <= first_ ? 0 : static_cast<std::size_t>(slot - first_);
  }

  // "0.001024"; "+Inf" for the last.
  const std::vector<std::string>& bound_texts() const { return texts_; }

 private:
  std::int64_t first_;
  std::int64_t last_;
  std::vector<std::int64_t> fixed_;  // the bounds that slots are; empty where they are indexes
  std::vector<std::string> texts_;
};

// The slots of the first and the last finite bucket, as far as the configuration says it. Of
// explicit and fixed buckets these are indexes of the bounds.
std::int64_t first_slot(const config::BucketsConfig& config);
std::optional<std::int64_t> last_slot(const config::BucketsConfig& config);

// The bound of one slot, or of an index of the bounds, in the metric's unit, infinite where a
// double ends. Rounded once, where the numbers of the configuration are exact as decimals: slot 3
// of steps of 0.1 ends at 0.3.
double slot_bound(const config::BucketsConfig& config, std::int64_t slot);

}  // namespace bpfmap::decode
