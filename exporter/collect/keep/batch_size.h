// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernel/map_reader.h"

namespace bpfmap::collect {

// Rows to ask a reader for at a time: enough that the cost of a system call does not count,
// and not more memory than a few MiB, although a row of a per-CPU map on a large machine may
// have a hundred KiB.
inline std::uint32_t rows_per_batch(const kernel::MapShape& shape) {
  constexpr std::uint32_t kMost = 4096;
  constexpr std::uint32_t kBytes = 4 << 20;
  const std::uint32_t row = std::max(1U, shape.key_size + shape.row_value_size());
  const std::uint32_t rows = std::min({shape.max_entries, kMost, std::max(16U, kBytes / row)});
  return std::max(1U, rows);
}

}  // namespace bpfmap::collect
