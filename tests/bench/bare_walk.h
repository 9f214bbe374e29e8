// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/bench_map.h"

namespace bpfmap::bench {

// The floor of all that read a hash map: a loop of bpf_map_lookup_batch that does nothing else.
class BareWalk {
 public:
  explicit BareWalk(const BenchMap& map);

  // Throws unless it comes to an end, with as many entries as there are.
  void run();

 private:
  const BenchMap& map_;
  std::vector<std::byte> keys_;
  std::vector<std::byte> values_;
};

}  // namespace bpfmap::bench
