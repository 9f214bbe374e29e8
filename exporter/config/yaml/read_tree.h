// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "config/diagnostics.h"
#include "config/environment.h"
#include "config/tree.h"

namespace bpfmap::config {

// Limits on what a file may ask for; far above what configurations need.
inline constexpr int kDeepestNesting = 64;
inline constexpr std::size_t kMostCopiedNodes = 100'000;  // by anchors and aliases, together
inline constexpr std::size_t kMostCopiedBytes = std::size_t{16} << 20U;

// Parses one YAML document (1.2, core schema; merge keys of 1.1). nullopt after a syntax error,
// which is in `diagnostics`. Mistakes that leave a tree (a key twice, an unset variable) are
// reported too, and the tree holds the rest. Never throws.
//
// Without an environment (an empty function) dollars mean nothing, and stay.
//
// Positions: a node's is where it begins; an alias's node has the alias's, the nodes in it have
// those of the anchor; a value that was left out has its key's.
std::optional<Tree> parse_yaml(std::string_view text, const Environment& environment,
                               Diagnostics& diagnostics);

}  // namespace bpfmap::config
