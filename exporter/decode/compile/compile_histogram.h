// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "config/config.h"
#include "decode/field_lookup.h"
#include "decode/render/buckets.h"
#include "decode/render/histogram_family.h"
#include "kernel/map_info.h"

namespace bpfmap::decode {

// What a histogram is made of.
struct HistogramFields {
  kernel::Field counts;  // a number with `bucket:`, otherwise an array of numbers
  std::optional<kernel::Field> sum;
  Buckets buckets;
};

// Finds the counts and the sum of a histogram in a map's value. `slot` is the field of `bucket:`,
// resolved. Reports errors against `metric`, which has buckets.
std::optional<HistogramFields> find_histogram(const config::MetricConfig& metric,
                                              const kernel::MapInfo& info,
                                              const std::optional<kernel::Field>& slot,
                                              config::Diagnostics& diagnostics);

// How rows are read whose fields these are, in the value that find_histogram() saw or in one with
// the same numbers elsewhere.
HistogramSource histogram_source(const config::BucketsConfig& buckets,
                                 const std::optional<kernel::Field>& slot,
                                 const kernel::Field& counts,
                                 const std::optional<kernel::Field>& sum);

}  // namespace bpfmap::decode
