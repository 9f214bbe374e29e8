// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "decode/number_source.h"
#include "kernel/layout.h"

namespace bpfmap::decode {

// A number of a value, and the 64-bit word that it becomes.
// A number of 128 bits has two words, the lower half first, and a lane for each.
struct Lane {
  enum class Kind : std::uint8_t {
    kCount,     // grows; a smaller number means that it started anew
    kRise,      // a count whose type has a sign: what it rises by is added, a fall adds nothing
    kSum,       // of observations that may be negative: added up as a count, but free to fall
    kGaugeSum,  // a gauge's: replaced, or added up over rows that share a series
    kGaugeMax,
    kGaugeMin,
    kEarliest,  // the smallest, of which 0 is none
  };
  // Where a number has two: which half this one is.
  enum class Half : std::uint8_t { kNone, kLower, kUpper };

  NumberSource from;
  std::uint32_t word = 0;
  Kind kind = Kind::kCount;
  Half half = Half::kNone;

  bool is_gauge() const { return kind >= Kind::kGaugeSum; }
  // Of the number that begins with this lane.
  std::uint32_t words() const { return half == Half::kLower ? 2 : 1; }
};

// More numbers than this are not kept of a value.
inline constexpr std::uint32_t kMostLanes = 8192;

// Values as user space keeps them: every number that is wanted of the kernel's value in a word of
// its own (u64, s64 or double), so that totals of narrow counters do not wrap. What no metric
// reads is not kept: a field that goes up and down, such as a time stamp, would look like counters
// that started anew.
class WideValue {
 public:
  // Where a field is kept.
  struct Part {
    kernel::Field field;  // of the words: the same numbers, each of 64 bits
    std::vector<std::uint32_t> words;
  };

  // Adds a number or an array of numbers; arrays stay arrays. A count whose type has a sign becomes
  // a kRise. A field that was added before in the same kind gives the part that it has. Nothing for
  // anything else, and beyond kMostLanes.
  std::optional<Part> add(const kernel::Field& field, Lane::Kind kind);

  const std::vector<Lane>& lanes() const { return lanes_; }
  std::uint32_t words() const { return static_cast<std::uint32_t>(lanes_.size()); }

 private:
  struct Known {
    kernel::Field field;
    Lane::Kind kind;
    Part part;
  };

  std::vector<Known> known_;
  std::vector<Lane> lanes_;  // in the order of words
};

// The number of a lane and, where it has two words, of the one behind it: `lane` is the first of
// them, and pointers are to its first word.
//
// Adds a number to another: as a double where the lane is one; integers wrap.
void add_number(const Lane& lane, std::uint64_t* to, const std::uint64_t* amount);
// Whether a number is less than another.
bool is_less(const Lane& lane, const std::uint64_t* a, const std::uint64_t* b);
// What a number grew by since it was `before`; nothing where a kRise fell.
void subtract(const Lane& lane, const std::uint64_t* now, const std::uint64_t* before,
              std::uint64_t* growth);
// The same where it began at zero.
void subtract_nothing(const Lane& lane, const std::uint64_t* now, std::uint64_t* growth);
double as_double(const Lane& lane, const std::uint64_t* number);

}  // namespace bpfmap::decode
