// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/error.h"
#include "kernel/inventory.h"
#include "kernel/inventory/entry_counts.h"
#include "kernel/inventory/object_walk.h"

namespace bpfmap::kernel {

// Lists the maps of the system, without looking at their entries: those that are in `counts`
// have their number.
Result<std::vector<MapRecord>> list_maps(const EntryCounts::ById& counts,
                                         const ObjectCalls& calls = map_calls());

}  // namespace bpfmap::kernel
