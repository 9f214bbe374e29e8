// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "decode/compile_rows.h"

namespace bpfmap::decode {

// Whether several maps may match, whose rows are then told apart behind their keys.
bool may_match_several(const config::MapConfig& map);

// Compiles a map that somebody else has loaded, once it is there. `info` says what it looks like;
// where several may match, keys are followed by the index of a map in `labels` (a u32). Reports
// what does not fit to `diagnostics`, and returns nothing then.
std::optional<RowsPlan> compile_foreign(const config::Config& config, const config::MapConfig& map,
                                        const kernel::MapInfo& info,
                                        const std::vector<std::string>& labels,
                                        config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
