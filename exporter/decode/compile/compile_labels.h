// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "decode/field_lookup.h"
#include "decode/render/key_coverage.h"
#include "decode/render/label_program.h"
#include "kernel/map_info.h"

namespace bpfmap::decode {

struct CompiledLabels {
  LabelProgram of_key;             // all but the cpu's
  std::optional<std::string> cpu;  // the name of that one
  KeyCoverage coverage;
  // Of the labels that are listed, as far as they are fields of the key, in their order.
  std::vector<std::pair<const config::LabelConfig*, LabelDecoder>> listed;

  // All of them.
  LabelProgram whole() const {
    LabelProgram program = of_key;
    if (cpu) program.add_cpu(*cpu);
    return program;
  }
};

// Compiles the labels of a map: the file's constant ones, those from the key, the CPU's. Where the
// user listed none, every field of the key becomes one, except `slot`, which a histogram uses up (a
// label made of it would tear the buckets of a histogram apart, and is an error). Reports errors,
// and as a notice which fields are summed away. `map` outlives the result.
std::optional<CompiledLabels> compile_labels(const config::Config& config,
                                             const config::MapConfig& map,
                                             const kernel::MapInfo& info,
                                             const std::optional<kernel::Field>& slot,
                                             config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
