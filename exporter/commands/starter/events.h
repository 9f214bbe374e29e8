// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "commands/starter/metric_namer.h"
#include "kernel/object.h"

namespace bpfmap::commands::starter {

// The entry of a map that carries events.
struct EventEntry {
  std::string yaml;     // empty where the struct of the events is not known
  std::string problem;  // why it is not, and what to do
};
EventEntry event_entry(const kernel::Object& object, const kernel::MapInfo& map,
                       MetricNamer& namer);

}  // namespace bpfmap::commands::starter
