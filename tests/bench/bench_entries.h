// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "bench/bench_map.h"

namespace bpfmap::bench {

// The key of entry number `i` of the hash maps with BenchKey, except kHistograms.
BenchKey hash_key(std::uint32_t i);

// What the map is.
kernel::MapShape shape_of(BenchMap::Kind kind, std::uint32_t entries);

// An empty map; a hash with values for all CPUs in place of a per-CPU one, if so wanted. Throws
// when the kernel refuses.
UniqueFd create(const kernel::MapShape& shape, bool imitates_cpus = false);

// Puts all entries into a new map. Throws when the kernel refuses.
void fill(int fd, BenchMap::Kind kind, const kernel::MapShape& shape);

// The text of a configuration of one map, whose entry begins with `origin`: "map: bench".
std::string configuration(BenchMap::Kind kind, BenchMap::Export what, const std::string& origin);

}  // namespace bpfmap::bench
