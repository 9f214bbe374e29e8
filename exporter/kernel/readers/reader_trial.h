// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <ratio>
#include <vector>

#include "base/clock.h"

namespace bpfmap::kernel {

// Decides which of two ways to walk a map is the faster one: once a walk was long enough to tell,
// the two take turns for a few walks, and then the second has all if its median is clearly smaller.
// A plain value; knows neither clocks nor maps.
class ReaderTrial {
 public:
  static constexpr std::uint64_t kLeastEntries = 1000;  // of a walk that counts
  static constexpr std::size_t kWalks = 3;              // of each
  // The second has to be faster than that part of the first: what it promises about a walk is less.
  using Faster = std::ratio<4, 5>;

  // 0 or 1: the reader of the next walk. It is 0 until a walk was long enough.
  std::size_t current() const { return current_; }

  // A complete walk of the current one.
  void walked(Duration duration, std::uint64_t entries);
  // A walk of the current one that failed: the second loses by that, the first tries again.
  void failed();

  bool is_decided() const { return decided_; }
  // Of the walks that counted; 0 where there were none.
  Duration median(std::size_t which) const;

 private:
  std::size_t current_ = 0;
  bool decided_ = false;
  std::array<std::vector<Duration>, 2> durations_;
};

}  // namespace bpfmap::kernel
