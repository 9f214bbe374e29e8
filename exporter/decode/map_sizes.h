// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "config/config.h"
#include "config/diagnostics.h"
#include "kernel/object.h"

namespace bpfmap::decode {

// The sizes that a configuration gives to maps.
std::vector<kernel::MapSizesRequest> size_requests(const config::Config& config);

// Gives them to the object. What does not fit it is reported.
void set_map_sizes(const config::Config& config, kernel::Object& object,
                   config::Diagnostics& diagnostics);

// Reports the maps of an object that no kernel makes with the sizes that they have by now.
void check_map_sizes(const config::Config& config, std::span<const kernel::MapInfo> maps,
                     config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
