// SPDX-License-Identifier: Apache-2.0
#include "kernel/number_origin.h"

#include <numeric>

namespace bpfmap::kernel {
namespace {

using Shape = NumberOrigin::Shape;

constexpr std::int64_t kHalf = 32;  // bits
constexpr std::uint64_t kMostScaled = std::uint64_t{1} << 62;

NumberOrigin other(Meaning meaning) { return {meaning, Shape::kOther, 1, 1, 0}; }

// `first` * by / second, in lowest terms; false where it is too large for what it is kept in.
bool scale(std::uint64_t& first, std::uint64_t& second, std::int64_t by) {
  if (by <= 0) return false;
  auto factor = static_cast<std::uint64_t>(by);
  const std::uint64_t common = std::gcd(factor, second);
  factor /= common;
  if (first > kMostScaled / factor) return false;
  second /= common;
  first *= factor;
  return true;
}

// Halves of what helpers put into one number.
Meaning upper_half(Meaning meaning) {
  return meaning == Meaning::kProcessAndThread ? Meaning::kProcess : Meaning::kNone;
}

Meaning lower_half(Meaning meaning) {
  switch (meaning) {
    case Meaning::kProcessAndThread: return Meaning::kThread;
    case Meaning::kUserAndGroup: return Meaning::kUser;
    default: return meaning;
  }
}

// Whether a mask makes a number narrower, as a cast does, or rounds it down; others take it modulo.
bool keeps_number(std::uint64_t mask) {
  if (mask == 0xff || mask == 0xffff || mask == 0xffffffff) return true;
  const std::uint64_t lowest = mask & (~mask + 1);
  return lowest > 1 && mask > 0xffff && ((mask + lowest) & mask) == 0;
}

bool is_pair(Meaning meaning) {
  return meaning == Meaning::kProcessAndThread || meaning == Meaning::kUserAndGroup;
}

}  // namespace

NumberOrigin joined_origin(const NumberOrigin& one, const NumberOrigin& other_one) {
  if (one == other_one || other_one.is_choice()) return one;
  if (one.is_choice()) return other_one;
  // Bytes that are read where there is text otherwise.
  const bool are_plain = one.is_plain() && other_one.is_plain();
  if (are_plain && one.is_text() && other_one.meaning == Meaning::kNone) return one;
  if (are_plain && other_one.is_text() && one.meaning == Meaning::kNone) return other_one;
  const Meaning meaning = one.meaning == other_one.meaning ? one.meaning : Meaning::kNone;
  if (one.is_logarithm() && other_one.is_logarithm()) {
    NumberOrigin both = one;
    both.meaning = meaning;
    // Of the upper half of a number, where it is not zero, or else of the lower one.
    if (one.divided != other_one.divided) both.divided = 0;
    if (one.added % kHalf != other_one.added % kHalf) return other(meaning);
    both.added = one.added % kHalf;
    return both;
  }
  return other(meaning);
}

NumberOrigin multiplied_by(const NumberOrigin& number, std::int64_t factor) {
  if (number.is_choice()) return number;
  NumberOrigin product = number;
  std::uint64_t whole = 1;  // a logarithm is divided by nothing
  std::uint64_t& divided = number.is_logarithm() ? whole : product.divided;
  const bool fits = scale(product.multiplied, divided, factor);
  return fits && number.shape != Shape::kOther ? product : other(number.meaning);
}

NumberOrigin divided_by(const NumberOrigin& number, std::int64_t divisor) {
  if (number.is_choice()) return number;
  NumberOrigin quotient = number;
  const bool fits = scale(quotient.divided, quotient.multiplied, divisor);
  return fits && number.is_plain() ? quotient : other(number.meaning);
}

NumberOrigin shifted_left(const NumberOrigin& number, std::int64_t bits) {
  if (number.is_choice()) return number;
  if (bits < 0 || bits > kHalf) return other(number.meaning);
  NumberOrigin shifted = multiplied_by(number, std::int64_t{1} << bits);
  if (bits == kHalf) shifted.meaning = lower_half(shifted.meaning);
  return shifted;
}

NumberOrigin shifted_right(const NumberOrigin& number, std::int64_t bits) {
  if (number.is_choice()) return number;
  if (bits < 0 || bits > kHalf) return other(number.meaning);
  if (number.is_logarithm()) {
    // Back from where it was moved to, to clear what is above.
    NumberOrigin shifted = number;
    const std::uint64_t factor = std::uint64_t{1} << bits;
    if (shifted.multiplied % factor == 0) shifted.multiplied /= factor;
    return shifted;
  }
  if (bits == kHalf && is_pair(number.meaning)) return {upper_half(number.meaning)};
  return divided_by(number, std::int64_t{1} << bits);
}

NumberOrigin shifted_by_choice(const NumberOrigin& number) {
  if (!number.is_plain()) return number;
  NumberOrigin logarithm = number;
  logarithm.shape = Shape::kLogarithm;
  logarithm.added = 0;
  logarithm.multiplied = 1;
  // That of the upper half gets 32 added.
  const std::uint64_t half = std::uint64_t{1} << kHalf;
  if (logarithm.divided % half == 0) logarithm.divided /= half;
  return logarithm;
}

NumberOrigin plus(const NumberOrigin& number, std::int64_t constant) {
  if (number.is_choice() || number.shape == Shape::kOther) return number;
  NumberOrigin sum = number;
  sum.added += constant;
  return sum;
}

NumberOrigin combined(const NumberOrigin& one, const NumberOrigin& other_one) {
  if (one.is_logarithm()) return one;
  if (other_one.is_logarithm()) return other_one;
  if (one.is_choice() && other_one.is_choice()) return one;
  if (one.meaning == other_one.meaning) return other(one.meaning);
  return other(Meaning::kNone);
}

NumberOrigin minus(const NumberOrigin& from, const NumberOrigin& what) {
  const bool is_elapsed = from.meaning == Meaning::kTime && from.is_plain();
  if (!is_elapsed) return combined(from, what);
  NumberOrigin elapsed = from;
  elapsed.meaning = Meaning::kElapsed;
  elapsed.added = 0;
  return elapsed;
}

NumberOrigin masked(const NumberOrigin& number, std::int64_t mask) {
  NumberOrigin low = number;
  if (mask == std::int64_t{0xffffffff}) low.meaning = lower_half(low.meaning);
  if (!number.is_plain() || keeps_number(static_cast<std::uint64_t>(mask))) return low;
  return other(number.meaning);
}

NumberOrigin part_of(const NumberOrigin& number, std::uint32_t offset, std::uint32_t size) {
  if (size >= sizeof(std::uint64_t) || !is_pair(number.meaning)) return number;
  return {offset == 0 ? lower_half(number.meaning) : upper_half(number.meaning)};
}

}  // namespace bpfmap::kernel
