// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "kernel/memory_use.h"

// What is guessed of a map before it is written down.
namespace bpfmap::starter {

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

// What a number is.
enum class Behaviour {
  kGrows,
  kMoves,
  kTimeStamp,  // since boot
  kName,       // of something, or a place in it: more of it says nothing
};
}  // namespace bpfmap::starter
