// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "config/config.h"
#include "decode/keeping.h"
#include "decode/sample_plan.h"
#include "decode/value_labels.h"
#include "kernel/map_info.h"

namespace bpfmap::decode {

// What becomes of the rows of one map.
struct RowsPlan {
  std::optional<KeepingPlan> keeping;  // nothing where rows are exported as they are
  SamplePlan samples;                  // of the rows that come out of it
  ValueLabels value_labels;            // what has to be put behind the keys of rows first
};

// Compiles a map's metrics, mode and limits against the rows that its reader returns. Reports
// everything that is wrong to `diagnostics` and returns nothing when there was an error. Needs no
// kernel and no privilege.
std::optional<RowsPlan> compile_rows(const config::Config& config,
                                     const config::MapConfig& as_written,
                                     const kernel::MapInfo& rows, config::Diagnostics& diagnostics);

// Whether some metric needs more of a per-CPU map than the sum over its CPUs. Bytes that are named
// by offset may be a part of a number, or one of another byte order.
bool needs_cpus_apart(const config::MapConfig& map);

}  // namespace bpfmap::decode
