// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "config/config.h"
#include "decode/field_lookup.h"
#include "decode/render/key_coverage.h"
#include "decode/render/label_program.h"
#include "kernel/map_info.h"

namespace bpfmap::decode {

struct CompiledLabels {
  LabelProgram program;
  KeyCoverage coverage;
};

// Compiles the labels of a map: the file's constant ones, those from the key, the CPU's. Where the
// user listed none, every field of the key becomes one, except `slot`, which a histogram uses up (a
// label made of it would tear the buckets of a histogram apart, and is an error). Reports errors,
// and as a notice which fields are summed away.
std::optional<CompiledLabels> compile_labels(const config::Config& config,
                                             const config::MapConfig& map,
                                             const kernel::MapInfo& info,
                                             const std::optional<kernel::Field>& slot,
                                             config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
