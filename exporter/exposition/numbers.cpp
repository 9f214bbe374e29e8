// SPDX-License-Identifier: Apache-2.0
#include "exposition/numbers.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

namespace bpfmap::exposition {
namespace {

constexpr std::uint64_t kTen8 = 100'000'000;
constexpr std::uint64_t kTen16 = kTen8 * kTen8;
constexpr std::uint64_t kTen19 = kTen16 * 1000;
constexpr std::uint64_t kAsciiZeros = 0x3030303030303030;
constexpr unsigned kBitsPerByte = 8;

// The eight decimal digits of a number below 10^8, one per byte, the first in the lowest byte. It
// halves the number into 4, 2 and 1 digits in all lanes of a word at once, dividing by
// multiplication with the reciprocal (exact for these ranges). No table that would compete for the
// cache, no branches that depend on the number's length: on numbers of mixed lengths about twice as
// fast as std::to_chars.
std::uint64_t eight_digits(std::uint32_t number) {
  const std::uint64_t high = number / 10'000;
  const std::uint64_t low = number % 10'000;
  const std::uint64_t fours = high | low << 32;
  const std::uint64_t hundreds = (fours * 10'486 >> 20) & 0x0000'007f'0000'007f;
  const std::uint64_t pairs = hundreds | (fours - 100 * hundreds) << 16;
  const std::uint64_t tens = (pairs * 103 >> 10) & 0x000f'000f'000f'000f;
  return tens | (pairs - 10 * tens) << 8;
}

void store(char* out, std::uint64_t first_in_lowest_byte) {
  if constexpr (std::endian::native == std::endian::big) {
    first_in_lowest_byte = __builtin_bswap64(first_in_lowest_byte);
  }
  std::memcpy(out, &first_in_lowest_byte, sizeof(first_in_lowest_byte));
}

// What to add to a number so that bit 32 and those above it hold its count of digits: for numbers
// with 2^i as their highest bit, (digits << 32) - 10^k, where 10^k is the power that they may reach
// ("Computing the number of digits of an integer even faster", Lemire 2021).
constexpr auto kDigitCounts = [] {
  std::array<std::uint64_t, 32> counts{};
  for (unsigned bit = 0; bit < counts.size(); ++bit) {
    std::uint64_t power = 10;
    std::uint64_t digits = 1;  // of numbers below `power`
    while (power <= std::uint64_t{1} << bit) {
      power *= 10;
      ++digits;
    }
    // Up to 2^(bit+1) - 1, the count grows at `power` if at all.
    const bool grows = power < std::uint64_t{1} << (bit + 1);
    counts[bit] = grows ? ((digits + 1) << 32) - power : digits << 32;
  }
  return counts;
}();

unsigned count_digits(std::uint32_t number) {
  const auto bit = static_cast<unsigned>(31 - std::countl_zero(number | 1U));
  return static_cast<unsigned>((number + kDigitCounts[bit]) >> 32);
}

// A number below 10^8 without leading zeros. Writes eight bytes, whatever its length. The length is
// not taken from the digits but counted beside them: where the next number begins does not have to
// wait for the digits of this one, and the processor makes several at a time.
char* write_leading(char* out, std::uint64_t number) {
  const unsigned digits = count_digits(static_cast<std::uint32_t>(number));
  store(out, (eight_digits(static_cast<std::uint32_t>(number)) | kAsciiZeros) >>
                 (8 - digits) * kBitsPerByte);
  return out + digits;
}

char* write_eight(char* out, std::uint64_t number) {
  store(out, eight_digits(static_cast<std::uint32_t>(number)) | kAsciiZeros);
  return out + 8;
}

char* write_sixteen(char* out, std::uint64_t number) {
  return write_eight(write_eight(out, number / kTen8), number % kTen8);
}

// The lower part of a wide number: 19 digits with leading zeros.
char* write_nineteen(char* out, std::uint64_t number) {
  const std::uint64_t first_three = number / kTen16;
  store(out,
        (eight_digits(static_cast<std::uint32_t>(first_three)) | kAsciiZeros) >> 5 * kBitsPerByte);
  return write_sixteen(out + 3, number % kTen16);
}

char* write_text(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* write_not_finite(char* out, double value) {
  if (std::isnan(value)) return write_text(out, "NaN");
  return write_text(out, value > 0 ? "+Inf" : "-Inf");
}

// Fixed notation for magnitudes in [lowest, limit), otherwise an exponent. Cannot run out of room
// for the ranges used here: 17 digits, a sign, a point and "0.000" or "e-308".
char* write_finite(char* out, double value, double lowest, double limit) {
  const double magnitude = std::fabs(value);
  const bool fixed = value == 0 || (magnitude >= lowest && magnitude < limit);
  const auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
  return std::to_chars(out, out + kMaxDoubleChars, value, format).ptr;
}

}  // namespace

char* write_unsigned(char* out, std::uint64_t value) {
  if (value < kTen8) return write_leading(out, value);
  if (value < kTen16) return write_eight(write_leading(out, value / kTen8), value % kTen8);
  return write_sixteen(write_leading(out, value / kTen16), value % kTen16);
}

char* write_signed(char* out, std::int64_t value) {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  return write_unsigned(out, magnitude);
}

char* write_wide(char* out, Int128 value) {
  auto magnitude = static_cast<Uint128>(value);
  if (value < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  return write_wide_unsigned(out, magnitude);
}

char* write_wide_unsigned(char* out, Uint128 value) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  if (value <= kMost) return write_unsigned(out, static_cast<std::uint64_t>(value));
  const Uint128 high = value / kTen19;
  if (high <= kMost) {
    out = write_unsigned(out, static_cast<std::uint64_t>(high));
  } else {
    *out++ = static_cast<char>('0' + static_cast<int>(high / kTen19));  // of 39 digits
    out = write_nineteen(out, static_cast<std::uint64_t>(high % kTen19));
  }
  return write_nineteen(out, static_cast<std::uint64_t>(value % kTen19));
}

char* write_double(char* out, double value) {
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  constexpr double kMostPlacesBeforePoint = 1e15;
  if (!std::isfinite(value)) return write_not_finite(out, value);
  const bool negative_zero = value == 0 && std::signbit(value);
  if (std::fabs(value) < kExactIntegers && value == std::trunc(value) && !negative_zero) {
    return write_signed(out, static_cast<std::int64_t>(value));
  }
  return write_finite(out, value, 1e-4, kMostPlacesBeforePoint);
}

char* write_bound(char* out, double bound) {
  if (!std::isfinite(bound)) return write_not_finite(out, bound);
  if (bound == 0) return write_text(out, "0");  // the Go client drops the sign of a zero, too
  return write_finite(out, bound, 1e-4, 1e6);
}

char* Number::write(char* out) const {
  return is_integer_ ? write_wide(out, integer_) : write_double(out, real_);
}

}  // namespace bpfmap::exposition
