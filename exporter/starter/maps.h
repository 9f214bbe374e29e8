// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernel/object.h"
#include "starter/metric_namer.h"
#include "starter/metrics.h"

namespace bpfmap::starter {

// The entry of a map below `maps:`, or why it has none.
struct MapEntry {
  std::string yaml;
  std::string left_out;         // a sentence, where there is no entry or it would not be missed
  bool is_bookkeeping = false;  // there is one, for objects that have nothing better
};

// `use` is what programs do with the map; null where that is not known.
MapEntry map_entry(const kernel::Object& object, const kernel::MapInfo& map, MetricNamer& namer,
                   const kernel::MemoryUse* use);

// The same of a map that others have loaded; `origin` is what the entry begins
// with: "pinned: /sys/fs/bpf/packets".
MapEntry foreign_map_entry(const kernel::MapInfo& map, const std::string& origin,
                           MetricNamer& namer);

// The entry of a global variable, empty for one that is no number, or that no program changes.
struct VariableEntry {
  std::string yaml;
  bool adds_up = false;  // programs add to it, as they do in maps
};
VariableEntry own_variable_entry(const kernel::GlobalInfo& variable, MetricNamer& namer,
                                 const kernel::MemoryUse* use);
std::string variable_entry(const kernel::GlobalInfo& variable, const std::string& origin,
                           MetricNamer& namer, const CodeFacts& code = {});

}  // namespace bpfmap::starter
