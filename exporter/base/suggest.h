// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bpfmap {

// The candidate a user most likely meant: the nearest by optimal string alignment distance
// (insertion, deletion, replacement, swap of neighbours), if it is near enough to be a misspelling.
// Empty when none is.
std::string closest_match(std::string_view word, std::span<const std::string> candidates);

// " (did you mean 'x'?)" where there is a close match; otherwise " (one of: a, b, c)", cut after
// 32; empty without candidates. Made to be put behind "unknown field 'y'".
std::string suggestion(std::string_view word, std::span<const std::string> candidates);

}  // namespace bpfmap
