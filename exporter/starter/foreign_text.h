// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "kernel/foreign_maps.h"

namespace bpfmap::starter {

// A configuration for loaded maps to start from, with comments: what `check`
// accepts as long as the maps are there. `maps` are what `query` has found. An error where
// nothing of them can be exported.
Result<std::string> foreign_config_text(const kernel::ForeignMapQuery& query,
                                        const std::vector<kernel::ForeignMap>& maps);

}  // namespace bpfmap::starter
