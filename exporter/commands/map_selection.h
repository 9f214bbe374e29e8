// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernel/foreign_maps.h"

namespace bpfmap::commands {

// Maps that are loaded already, as a command line names them.
struct MapSelection {
  std::string pinned;               // path or pattern of pinned maps
  std::optional<std::uint32_t> id;  // of a loaded map
  std::string name;                 // name or pattern of loaded maps

  int given() const {
    return static_cast<int>(!pinned.empty()) + static_cast<int>(id.has_value()) +
           static_cast<int>(!name.empty());
  }
};

// The same as a query; one of the three is given.
kernel::ForeignMapQuery query_of(const MapSelection& selection);

// Finds them, and does not wait for them: one that is not there, or is none, is a mistake.
Result<std::vector<kernel::ForeignMap>> find_maps(const MapSelection& selection);

// An error of the command line unless it names an object or maps, and in one way only.
Result<void> check_selection(const std::string& command, const std::string& object,
                             const MapSelection& maps);

}  // namespace bpfmap::commands
