// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "decode/compile_rows.h"
#include "decode/event_plan.h"
#include "decode/metric_names.h"
#include "decode/object_facts.h"
#include "decode/sample_plan.h"
#include "kernel/object_info.h"
#include "kernel/open_reader.h"
#include "kernel/program_request.h"

namespace bpfmap::decode {

struct MapPlan {
  kernel::MapInfo info;                        // of the map itself, or of the variable as an array
  std::optional<kernel::GlobalInfo> variable;  // where it is one
  kernel::ReaderOptions reader;
  Duration interval{};
  Duration max_age{};
  std::optional<KeepingPlan> keeping;
  SamplePlan samples;
  // Of a map that carries events: how they become the rows that `info` describes.
  std::optional<EventPlan> events = {};
  ValueLabels value_labels = {};
};

// Everything that follows from a configuration and its object, ready to be loaded,
// attached and sampled.
struct ObjectPlan {
  std::vector<GlobalValue> globals;
  std::vector<kernel::ProgramRequest> programs;
  std::vector<MapPlan> maps;
  // Indexes in Config::maps of those that others have loaded: they are compiled when
  // they are found.
  std::vector<std::size_t> foreign;
};

// A global variable as a map: an array variable is read element by element, any other as an
// array of one.
kernel::MapInfo variable_as_map(const kernel::GlobalInfo& variable);

// Reports what a variable cannot have.
void check_variable_keys(const config::MapConfig& map, config::Diagnostics& diagnostics);

// How a map is read, as far as the configuration says.
kernel::ReaderOptions reader_options(const config::MapConfig& map, const kernel::MapInfo& info);

// What the rows of a map look like that is read by itself or, for a map of maps, through the maps
// in it. Reports a map that cannot be read, with the reason, and returns nothing then.
std::optional<kernel::MapInfo> rows_of(const config::MapConfig& map, const kernel::MapInfo& info,
                                       config::Diagnostics& diagnostics);

// Compiles a configuration against its object. Everything that is wrong goes to `diagnostics`;
// the plan is complete only when there are no errors. Needs no kernel and no privilege: this is
// what `check` does.
ObjectPlan compile_object(const config::Config& config, const ObjectFacts& object,
                          MetricNames& names, config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
