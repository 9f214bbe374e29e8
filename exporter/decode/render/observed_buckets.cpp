// SPDX-License-Identifier: Apache-2.0
#include "decode/render/observed_buckets.h"

#include <cmath>

#include "decode/render/buckets.h"

namespace bpfmap::decode {
namespace {

// Bounds beyond what 64 bits hold are all alike to integers of 64 bits.
exposition::Int128 floor_of(double bound) {
  constexpr double kBeyond = 36893488147419103232.0;  // 2^65
  return static_cast<exposition::Int128>(std::floor(std::clamp(bound, -kBeyond, kBeyond)));
}

}  // namespace

ObservedBuckets::ObservedBuckets(const config::BucketsConfig& config, std::int64_t first,
                                 std::int64_t last) {
  config::BucketsConfig raw = config;
  raw.unit = {};
  for (std::int64_t slot = first; slot <= last; ++slot) {
    bounds_.push_back(slot_bound(raw, slot));
    floors_.push_back(floor_of(bounds_.back()));
  }
}

}  // namespace bpfmap::decode
