// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "kernel/map_info.h"

// Maps in words.
namespace bpfmap::commands {

// Whether and how a map is exported: "rows, by the reader batch", or why it is not. One sentence
// without a full stop.
std::string how_exported(const kernel::MapInfo& map);

// Type, room, flags, how it is exported, the layouts of key and value with notes about what goes
// wrong with them; several lines, `indent` before each. A map of maps has the one in it below.
std::string map_text(const kernel::MapInfo& map, std::string_view indent);

}  // namespace bpfmap::commands
