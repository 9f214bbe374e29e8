// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernel/memory_use.h"
#include "kernel/object.h"
#include "starter/metric_namer.h"

namespace bpfmap::starter {

// The entry of a map that carries events.
struct EventEntry {
  std::string yaml;     // empty where the struct of the events is not known
  std::string problem;  // why it is not, and what to do
};
// `use` is what programs do with the map; null where that is not known.
EventEntry event_entry(const kernel::Object& object, const kernel::MapInfo& map, MetricNamer& namer,
                       const kernel::MemoryUse* use);

}  // namespace bpfmap::starter
