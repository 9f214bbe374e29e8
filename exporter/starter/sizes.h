// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kernel/map_info.h"

namespace bpfmap::starter {

// Maps with usual sizes in the place of those that the object leaves to what loads it.
std::vector<kernel::MapInfo> sized_maps(const std::vector<kernel::MapInfo>& maps);

// The lines of a map's entry that say so; empty where the object says its sizes.
std::string sizes_yaml(const kernel::MapInfo& map);

}  // namespace bpfmap::starter
