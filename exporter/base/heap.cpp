// SPDX-License-Identifier: Apache-2.0
#include "base/heap.h"

#include <malloc.h>

#include <algorithm>
#include <cstddef>

namespace bpfmap {

void keep_memory_for_the_next_scrape() {
  // One heap for all threads: rows that one of them frees serve the next, and there are not as many
  // peaks as threads. No thread allocates often enough to wait for another.
  constexpr int kArenas = 1;
  constexpr int kFromTheSystem = 32 << 20;  // the most that glibc takes for this
  constexpr int kKeep = 256 << 20;          // until give_memory_back()
  // NOLINTBEGIN(concurrency-mt-unsafe): there are no threads yet
  ::mallopt(M_ARENA_MAX, kArenas);
  ::mallopt(M_MMAP_THRESHOLD, kFromTheSystem);
  ::mallopt(M_TRIM_THRESHOLD, kKeep);
  // NOLINTEND(concurrency-mt-unsafe)
}

void give_memory_back() { ::malloc_trim(0); }

void give_much_memory_back() {
  constexpr std::size_t kWorthIt = std::size_t{32} << 20;
  const struct mallinfo2 heap = ::mallinfo2();
  if (heap.fordblks > std::max<std::size_t>(heap.uordblks, kWorthIt)) give_memory_back();
}

}  // namespace bpfmap
