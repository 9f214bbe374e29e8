// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "decode/compile_events.h"
#include "decode/event_plan.h"
#include "decode/metric_names.h"
#include "decode/sample_plan.h"
#include "kernel/object.h"
#include "kernel/open_reader.h"

namespace bpfmap::decode {

// What a configuration is compiled against: what an opened object says about itself. A view, so
// that tests can make one up.
struct ObjectFacts {
  std::string name;
  std::span<const kernel::ProgramInfo> programs;
  std::span<const kernel::MapInfo> maps;
  std::span<const kernel::GlobalInfo> globals;
  StructLookup structs = {};  // none: no struct can be named
};

struct GlobalValue {
  std::string name;
  std::vector<std::byte> bytes;
};

struct MapPlan {
  kernel::MapInfo info;
  kernel::ReaderChoice reader = kernel::ReaderChoice::kAuto;
  Duration interval{};
  Duration max_age{};
  SamplePlan samples;
  // Of a map that carries events: how they become the rows that `info` describes.
  std::optional<EventPlan> events = {};
};

// Everything that follows from a configuration and its object, ready to be loaded, attached and
// sampled.
struct ObjectPlan {
  std::vector<GlobalValue> globals;
  std::vector<kernel::ProgramRequest> programs;
  std::vector<MapPlan> maps;
};

// Compiles a configuration against its object. Everything that is wrong goes to `diagnostics`; the
// plan is complete only when there are no errors. Needs no kernel and no privilege: this is what
// `check` does.
ObjectPlan compile_object(const config::Config& config, const ObjectFacts& object,
                          MetricNames& names, config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
