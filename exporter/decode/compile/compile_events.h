// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "decode/event_plan.h"
#include "decode/object_facts.h"
#include "decode/sample_plan.h"
#include "kernel/map_info.h"

namespace bpfmap::decode {

inline constexpr std::uint32_t kDefaultMaxSeries = 10'000;

struct CompiledEvents {
  EventPlan plan;
  // Of the table that the events make: named and typed as the map, with the event as its key, a
  // made-up struct as its value, and room for max_series rows.
  kernel::MapInfo info;
  SamplePlan samples;
};

// Compiles the metrics of a map that carries events (kernel::is_event_stream). `own_structs` are
// the names that may be meant where the file names none. Reports everything
// that is wrong to `diagnostics` and returns nothing when there was an error. Needs no kernel
// and no privilege.
std::optional<CompiledEvents> compile_events(const config::Config& config,
                                             const config::MapConfig& map,
                                             const kernel::MapInfo& info,
                                             const StructLookup& structs,
                                             const std::vector<std::string>& own_structs,
                                             config::Diagnostics& diagnostics);

// Reports what only a map that carries events can have, on one that does not.
void refuse_event_keys(const config::MapConfig& map, const kernel::MapInfo& info,
                       config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
