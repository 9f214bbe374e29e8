// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernel/map_info.h"
#include "kernel/map_reader.h"

namespace bpfmap::kernel {

// Why no kernel makes a map of these sizes, as a sentence without its subject: "max_entries is 0".
// Empty where some does, as far as its type is known; what depends on the kernel's version or
// memory is not asked here.
std::string why_not_creatable(const MapShape& shape);

// Usual values for what an object leaves open, as many do that tools size when they start.
MapSizes usual_sizes(const MapShape& shape);

}  // namespace bpfmap::kernel
