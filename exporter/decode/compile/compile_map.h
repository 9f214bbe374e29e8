// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "config/config.h"
#include "decode/metric_names.h"
#include "decode/sample_plan.h"
#include "kernel/map_info.h"

namespace bpfmap::decode {

// Takes the names of the map's metrics; reports those that are taken or not valid.
void claim_metric_names(const config::Config& config, const config::MapConfig& map,
                        MetricNames& names, config::Diagnostics& diagnostics);

// Compiles the metrics of one map against its BTF. Reports everything that is wrong to
// `diagnostics` and returns nothing when there was an error. Needs no kernel and no privilege.
std::optional<SamplePlan> compile_map(const config::Config& config, const config::MapConfig& map,
                                      const kernel::MapInfo& info,
                                      config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
