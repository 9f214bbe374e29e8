// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "kernel/memory_use.h"
#include "kernel/object_info.h"
#include "starter/draft.h"
#include "starter/metric_namer.h"

namespace bpfmap::starter {

// The metrics of rows as `map` describes them; `kind` is "map" or "variable".
MapMetrics metrics_of_rows(const kernel::MapInfo& map, const std::string& kind, MetricNamer& namer,
                           const CodeFacts& code = {});

// The metrics of events of a map: first the counter of all of them, called `name`.
MapMetrics metrics_of_events(const std::string& map, std::string name,
                             const std::vector<MetricDraft>& others);

// The clock that programs read; nothing where they read none or several.
std::optional<config::BootClock> clock_of(const kernel::ClocksRead& read);

// What a number is, by the words of its name and its type; `why` gets the reason.
Behaviour behaviour_of(const std::vector<std::string>& field, const std::vector<std::string>& map,
                       const kernel::Type& type, std::string& why);

// "    metrics:" and the metrics.
std::string metrics_yaml(const MapMetrics& metrics);

}  // namespace bpfmap::starter
