// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace bpfmap::collect {

// How many series of a map are not exported as they are, and why.
struct LeftOut {
  std::uint64_t by_filter = 0;
  std::uint64_t expired = 0;
  std::uint64_t folded = 0;  // into the series for the rest
};

// What one walk did with the rows of a map. Totals without room for a key fold keys
// instead of series.
struct KeptCounts {
  std::uint64_t entries = 0;  // of the map itself
  LeftOut left_out;
  LeftOut newly;  // those of left_out that were not in the walk before
  std::uint64_t deleted_keys = 0;
  int deletion_error = 0;  // errno of one that was not, 0 where all were
};

}  // namespace bpfmap::collect
