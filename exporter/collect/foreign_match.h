// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "decode/compile_rows.h"
#include "kernel/foreign_maps.h"

namespace bpfmap::collect {

// How to look for what a map of a configuration names.
kernel::ForeignMapQuery query_of(const config::MapConfig& map);

// Whether the maps that were found can be what is meant: of one kind, and several of a name only
// where the file says what to do with them. A sum of maps that have nothing to do with each other
// but their name looks right and is not.
Result<void> check_match(const config::MapConfig& map, const std::vector<kernel::ForeignMap>& found,
                         const std::string& subject);

// Compiles what check_match() has nothing against: see decode/compile_foreign.h. `first` is any of
// the maps that were found, `most` the entries of the largest.
std::optional<decode::RowsPlan> compile_found(const config::Config& config,
                                              const config::MapConfig& map,
                                              const kernel::ForeignMap& first, std::uint32_t most,
                                              const std::vector<std::string>& labels,
                                              config::Diagnostics& diagnostics);
std::uint32_t most_entries(const std::vector<kernel::ForeignMap>& found);

// The variable of that name in a map that was found; null where there is none.
const kernel::GlobalInfo* variable_in(const kernel::ForeignMap& found, const std::string& name);

}  // namespace bpfmap::collect
