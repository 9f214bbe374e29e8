// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/starter/metric_namer.h"
#include "config/config.h"
#include "kernel/memory_use.h"
#include "kernel/object.h"

namespace bpfmap::commands::starter {

// A metric of a map, as far as names and types tell.
struct MetricDraft {
  config::MetricKind kind = config::MetricKind::kCounter;
  std::string name;
  std::string help;
  std::string value;              // path, or YAML of a field without BTF; empty for a whole
  std::vector<std::string> more;  // further lines: "unit: 1us"
  std::string why;                // for a comment
};

// What the metrics of a map are, and what else of it they use.
struct MapMetrics {
  std::vector<MetricDraft> metrics;
  std::string slot;  // the field of the key that says which bucket a row is, or empty
  bool by_slot = false;
  std::vector<std::string> left_out;  // one sentence for each field that is no metric
  bool is_bookkeeping = false;        // there are but time stamps, which tell nothing
};

// What the code of the object's programs tells.
struct CodeFacts {
  std::optional<config::BootClock> clock = {};  // that they read, where they read one
  const kernel::MemoryUse* use = nullptr;       // of the map or variable; null where not known
};

// The metrics of rows as `map` describes them; `kind` is "map" or "variable".
MapMetrics metrics_of_rows(const kernel::MapInfo& map, const std::string& kind, MetricNamer& namer,
                           const CodeFacts& code = {});

// The metrics of events of a map: first the counter of all of them, called `name`.
MapMetrics metrics_of_events(const std::string& map, std::string name,
                             const std::vector<MetricDraft>& others);

// The clock that programs read; nothing where they read none or several.
std::optional<config::BootClock> clock_of(const kernel::ClocksRead& read);

// What a number is, by the words of its name and its type; `why` gets the reason.
enum class Behaviour {
  kGrows,
  kMoves,
  kTimeStamp,  // since boot
  kName,       // of something, or a place in it: more of it says nothing
};
Behaviour behaviour_of(const std::vector<std::string>& field, const std::vector<std::string>& map,
                       const kernel::Type& type, std::string& why);

// "    metrics:" and the metrics.
std::string metrics_yaml(const MapMetrics& metrics);

}  // namespace bpfmap::commands::starter
