// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "decode/number_source.h"
#include "kernel/layout.h"

namespace bpfmap::decode {

// A number of a value, and the 64-bit word that it becomes.
struct Lane {
  enum class Kind : std::uint8_t {
    kCount,     // grows; a smaller number means that it started anew
    kSum,       // of observations that may be negative: added up as a count, but free to fall
    kGaugeSum,  // a gauge's: replaced, or added up over rows that share a series
    kGaugeMax,
    kGaugeMin,
    kEarliest,  // the smallest, of which 0 is none
  };
  NumberSource from;
  std::uint32_t word = 0;
  Kind kind = Kind::kCount;
};

// More numbers than this are not kept of a value.
inline constexpr std::uint32_t kMostLanes = 8192;

// Values as user space keeps them: every number that is wanted of the kernel's value in a word of
// its own (u64, s64 or double), so that totals of narrow counters do not wrap. What nobody wants is
// not kept: a field that goes up and down, such as a time stamp, would look like counters that
// started anew.
class WideValue {
 public:
  // Where the words of a field are: a member of type().
  struct Part {
    std::string name;
    std::vector<std::uint32_t> words;
  };

  // Adds a number or an array of numbers; a field that was added before in the same kind gives the
  // part that it has. Nothing for anything else, and beyond kMostLanes.
  std::optional<Part> add(const kernel::Field& field, Lane::Kind kind);

  const std::vector<Lane>& lanes() const { return lanes_; }
  std::uint32_t words() const { return static_cast<std::uint32_t>(lanes_.size()); }

  // A struct of all parts. Arrays stay arrays.
  kernel::TypePtr type() const;

 private:
  struct Known {
    kernel::Field field;
    Lane::Kind kind;
    Part part;
    kernel::TypePtr type;
  };

  std::vector<Known> known_;
  std::vector<Lane> lanes_;  // in the order of words
};

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
