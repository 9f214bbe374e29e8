// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "config/config.h"
#include "decode/field_lookup.h"
#include "decode/render/buckets.h"
#include "decode/render/histogram_family.h"
#include "kernel/map_info.h"

namespace bpfmap::decode {

struct CompiledHistogram {
  HistogramSource source;
  Buckets buckets;
};

// Finds the counts, the slot and the sum of a histogram in a map's key and value. `slot` is the
// field of `bucket:`, resolved. Reports errors against `metric`, which has buckets.
std::optional<CompiledHistogram> compile_histogram(const config::MetricConfig& metric,
                                                   const kernel::MapInfo& info,
                                                   const std::optional<kernel::Field>& slot,
                                                   config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
