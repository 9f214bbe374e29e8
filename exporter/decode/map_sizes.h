// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "config/config.h"
#include "config/diagnostics.h"
#include "kernel/object.h"

namespace bpfmap::decode {

// The sizes that a configuration gives to maps.
std::vector<kernel::MapSizesRequest> size_requests(const config::Config& config);

// Gives them to the object, and reports what does not fit it, and the maps of it that no kernel
// makes with the sizes that they have by then.
void apply_map_sizes(const config::Config& config, kernel::Object& object,
                     config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
