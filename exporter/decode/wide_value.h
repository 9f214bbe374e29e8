// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "decode/number_source.h"
#include "kernel/object.h"

namespace bpfmap::decode {

// A number of a value, and the 64-bit word that it becomes.
struct Lane {
  enum class Kind : std::uint8_t {
    kCount,     // grows; a smaller number means that it started anew
    kGaugeSum,  // a gauge's: replaced, or added up over rows that share a series
    kGaugeMax,
    kGaugeMin,
  };
  NumberSource from;
  std::uint32_t word = 0;
  Kind kind = Kind::kCount;
};

// Values as user space keeps them: every number of the kernel's value in a word of its own (u64,
// s64 or double), so that totals of narrow counters do not wrap, under the same name. What is no
// number (text, kernel-private parts) is left out; members of a union stand side by side.
struct WideValue {
  kernel::TypePtr type;
  std::vector<Lane> lanes;  // in the order of words, one for each

  std::uint32_t words() const { return static_cast<std::uint32_t>(lanes.size()); }
};

// Nothing where the type holds no numbers, or more than kMostLanes.
inline constexpr std::uint32_t kMostLanes = 8192;
std::optional<WideValue> widen(const kernel::TypePtr& value);

// Adds a word's number to another: as a double where the lane is one.
inline void add_word(const Lane& lane, std::uint64_t& to, std::uint64_t amount) {
  if (lane.from.is_float()) {
    to = std::bit_cast<std::uint64_t>(std::bit_cast<double>(to) + std::bit_cast<double>(amount));
  } else {
    to += amount;
  }
}

// Whether a word is less than what it was.
inline bool is_less(const Lane& lane, std::uint64_t now, std::uint64_t before) {
  if (lane.from.is_float()) return std::bit_cast<double>(now) < std::bit_cast<double>(before);
  if (lane.from.is_signed()) {
    return static_cast<std::int64_t>(now) < static_cast<std::int64_t>(before);
  }
  return now < before;
}

// What a word grew by.
inline std::uint64_t difference(const Lane& lane, std::uint64_t now, std::uint64_t before) {
  if (!lane.from.is_float()) return now - before;
  return std::bit_cast<std::uint64_t>(std::bit_cast<double>(now) - std::bit_cast<double>(before));
}

}  // namespace bpfmap::decode
