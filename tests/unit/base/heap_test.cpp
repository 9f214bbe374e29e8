// SPDX-License-Identifier: Apache-2.0
#include "base/heap.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

#include "support/sanitizers.h"

namespace bpfmap {
namespace {

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(Heap, KeepsWhatTheNextScrapeNeedsAndGivesTheRestBack) {
  if (test::is_instrumented()) GTEST_SKIP() << "the sanitizer has an allocator of its own";
  constexpr std::size_t kPiece = 160 << 10;
  constexpr std::size_t kPieces = 600;
  constexpr std::size_t kAll = kPiece * kPieces;
  keep_memory_for_the_next_scrape();
  give_memory_back();
  const std::size_t before = resident_bytes();
  std::vector<std::unique_ptr<char[]>> pieces;
  for (std::size_t i = 0; i < kPieces; ++i) {
    pieces.push_back(std::make_unique_for_overwrite<char[]>(kPiece));
    std::memset(pieces.back().get(), 1, kPiece);
  }
  // What stays behind the pieces must not keep them.
  const auto last = std::make_unique<char[]>(kPiece);
  EXPECT_GT(resident_bytes(), before + kAll / 10 * 9);
  pieces.clear();
  EXPECT_GT(resident_bytes(), before + kAll / 10 * 9) << "it is there for the next scrape";
  give_much_memory_back();
  EXPECT_LT(resident_bytes(), before + kAll / 10);
}

}  // namespace
}  // namespace bpfmap
