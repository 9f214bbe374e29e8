// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "decode/compile_rows.h"
#include "kernel/object_info.h"

namespace bpfmap::decode {

// Whether several maps may match, whose rows are then told apart behind their keys.
bool may_match_several(const config::MapConfig& map);

// The variable that the file names among those of a map, null after reporting that there is none.
const kernel::GlobalInfo* find_variable(const config::MapConfig& map,
                                        std::span<const kernel::GlobalInfo> variables,
                                        config::Diagnostics& diagnostics);

// Compiles a map that another process has loaded, once it is there. `info` says what it looks like
// (of a variable: variable_as_map()); where several may match, keys are followed by the index of a
// map in `labels` (a u32). Reports what does not fit to `diagnostics`, and returns nothing then.
std::optional<RowsPlan> compile_foreign(const config::Config& config, const config::MapConfig& map,
                                        const kernel::MapInfo& info,
                                        const std::vector<std::string>& labels,
                                        config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
