// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "kernel/object_info.h"

namespace bpfmap::starter {

// Sets of programs that are at the same places by different means, so that one is enough;
// better ones first.
using AlternativeSets = std::vector<std::vector<std::string>>;
std::vector<AlternativeSets> find_alternatives(std::span<const kernel::ProgramInfo> programs);

// "  one_of: ..." for them, below `programs:`; empty where there are none.
std::string alternatives_yaml(const std::vector<AlternativeSets>& groups);

// The programs that are in some set.
std::set<std::string> names_in(const std::vector<AlternativeSets>& groups);

}  // namespace bpfmap::starter
