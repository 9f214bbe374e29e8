// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernel/foreign_maps.h"
#include "starter/maps.h"
#include "starter/metric_namer.h"

namespace bpfmap::starter {

// Whether bpftrace has loaded a map, by its name: "AT_us" is @us.
bool is_of_bpftrace(const kernel::MapInfo& map);

// The entry of such a map. What it holds bpftrace alone knows, so its entries are looked at: keys
// that end with small numbers are slots of a histogram. `origin` is what the entry begins with.
MapEntry bpftrace_entry(const kernel::ForeignMap& map, const std::string& origin,
                        MetricNamer& namer);

}  // namespace bpfmap::starter
