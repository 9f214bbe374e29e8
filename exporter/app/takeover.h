// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "decode/object_facts.h"
#include "kernel/map_info.h"
#include "kernel/program_request.h"

// What survives when a configuration is read anew: a decision that depends on nothing but what is
// written down here, and does nothing.
namespace bpfmap::app {

// One configuration, as far as the decision goes.
struct UnitIdentity {
  std::string path;  // of the file
  std::string sha256;

  struct Object {
    std::string name;
    std::string sha256;
  };
  std::optional<Object> object = {};  // nothing where the file only reads what others have loaded

  // What is done with the object.
  std::vector<decode::GlobalValue> globals = {};
  std::vector<kernel::ProgramRequest> programs = {};
  std::vector<kernel::MapSizesRequest> sizes = {};

  bool is_pinned = false;     // the object that runs is; of one that is to be loaded: it is to be
  bool takes_events = false;  // out of maps of the object, which nothing else may do then
};

struct Takeover {
  bool object = false;   // with its maps, links and counts
  bool samples = false;  // samplers with their samples and totals, streams of events, cgroup ids
  bool operator==(const Takeover&) const = default;
};

// What `next` takes over of `running`, which has the same name.
Takeover takeover(const UnitIdentity& running, const UnitIdentity& next);

}  // namespace bpfmap::app
