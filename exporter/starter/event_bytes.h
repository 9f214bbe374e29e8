// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernel/map_info.h"
#include "kernel/memory_use.h"
#include "starter/metric_namer.h"

namespace bpfmap::starter {

// The entry of a map whose events no BTF describes, by what programs put into them: how many bytes
// they have, and where in them are names, times that have passed and one of a few numbers. Only
// their number where their sizes differ or are not known; empty where no program sends any.
std::string event_bytes_yaml(const kernel::MapInfo& map, const kernel::MemoryUse& use,
                             MetricNamer& namer);

}  // namespace bpfmap::starter
