// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "config/config.h"
#include "decode/compile/compile_labels.h"
#include "decode/metric_names.h"
#include "decode/render/buckets.h"
#include "decode/sample_plan.h"
#include "kernel/map_info.h"

namespace bpfmap::decode {

// Takes the names of the map's metrics; reports those that are taken or not valid.
void claim_metric_names(const config::Config& config, const config::MapConfig& map,
                        MetricNames& names, config::Diagnostics& diagnostics);

// What a metric is made of, found in the keys and values of a map's rows. The value may be moved:
// to where user space keeps the same numbers.
struct MetricFields {
  const config::MetricConfig* metric = nullptr;
  CompiledLabels labels;
  std::optional<kernel::Field> slot;  // of the key: which bucket a row counts into
  kernel::Field value;                // a number, or the array of a histogram's counts
  std::optional<kernel::Field> sum;   // of the value
  std::optional<Buckets> buckets;     // of a histogram
};

// Finds what the metrics of one map are made of by its BTF. Reports everything that is wrong to
// `diagnostics` and returns nothing when there was an error. Needs no kernel and no privilege.
// `map` outlives the result.
std::optional<std::vector<MetricFields>> find_metrics(const config::Config& config,
                                                      const config::MapConfig& map,
                                                      const kernel::MapInfo& info,
                                                      config::Diagnostics& diagnostics);

// The families of these metrics. Nothing can be wrong with them any more.
SamplePlan make_plan(const config::Config& config, const config::MapConfig& map,
                     std::vector<MetricFields> metrics);

// Both.
std::optional<SamplePlan> compile_map(const config::Config& config, const config::MapConfig& map,
                                      const kernel::MapInfo& info,
                                      config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
