// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/clock.h"
#include "config/config.h"

// The numbers of the language as text. Independent of the locale. The error is a phrase that
// completes a message: "expected a number, found 'x'".
namespace bpfmap::config {

template <typename T>
using Parsed = tl::expected<T, std::string>;

// A whole number, decimal or 0x..., with an optional minus.
struct WholeNumber {
  bool negative = false;
  std::uint64_t magnitude = 0;
};
std::optional<WholeNumber> parse_whole(std::string_view text);

Parsed<std::int64_t> parse_signed(std::string_view text, std::int64_t least, std::int64_t most);
Parsed<std::uint64_t> parse_unsigned(std::string_view text, std::uint64_t least,
                                     std::uint64_t most);

// A finite decimal number, with an exponent or without.
Parsed<double> parse_number(std::string_view text);

// One or more of 1h 30m 5s 500ms 10us 10ns, from large to small; more than zero,
// at most kLongestDuration.
inline constexpr Duration kLongestDuration = std::chrono::hours(24 * 365);
Parsed<Duration> parse_duration(std::string_view text);

// A decimal number other than zero; exact as a ratio where numerator and denominator are
// exact as doubles.
Parsed<Ratio> parse_factor(std::string_view text);

// An amount of time or bytes, as a ratio to the base unit (second, byte): 1us is 1 / 1e6. A
// positive number without a unit is a plain factor.
Parsed<Ratio> parse_unit(std::string_view text);

// A whole number of bytes, more than zero, with a unit of bytes: 64KiB. At most 1TiB.
Parsed<std::uint64_t> parse_size(std::string_view text);

}  // namespace bpfmap::config
