// SPDX-License-Identifier: Apache-2.0
#include "config/quantities.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/terminal_text.h"

namespace bpfmap::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct TimeUnit {
  std::string_view name;
  Duration length;
};
constexpr std::array kTimeUnits = {
    TimeUnit{"h", std::chrono::hours(1)},         TimeUnit{"m", std::chrono::minutes(1)},
    TimeUnit{"s", std::chrono::seconds(1)},       TimeUnit{"ms", std::chrono::milliseconds(1)},
    TimeUnit{"us", std::chrono::microseconds(1)}, TimeUnit{"ns", std::chrono::nanoseconds(1)},
};

struct Unit {
  std::string_view name;
  Ratio ratio;
};
constexpr std::array kUnits = {
    Unit{"ns", {1, 1e9}},      Unit{"us", {1, 1e6}},      Unit{"ms", {1, 1e3}},
    Unit{"s", {1, 1}},         Unit{"m", {60, 1}},        Unit{"h", {3600, 1}},
    Unit{"B", {1, 1}},         Unit{"KB", {1e3, 1}},      Unit{"MB", {1e6, 1}},
    Unit{"GB", {1e9, 1}},      Unit{"TB", {1e12, 1}},     Unit{"KiB", {1024, 1}},
    Unit{"MiB", {1 << 20, 1}}, Unit{"GiB", {1 << 30, 1}}, Unit{"TiB", {1099511627776.0, 1}},
};

std::string expected_but_found(std::string_view what, std::string_view text) {
  return "expected " + std::string(what) + ", found " + in_quotes(text);
}

std::string signed_text(WholeNumber number) {
  return (number.negative ? "-" : "") + std::to_string(number.magnitude);
}

template <typename T>
std::string range_text(T least, T most, std::string_view text) {
  return expected_but_found(
      "a whole number from " + std::to_string(least) + " to " + std::to_string(most), text);
}

// The digits at the front of `text`, which loses them; nullopt where there are none or too many.
std::optional<std::uint64_t> take_digits(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

const TimeUnit* take_time_unit(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && !is_digit(text[length])) ++length;
  for (const TimeUnit& unit : kTimeUnits) {
    if (unit.name != text.substr(0, length)) continue;
    text.remove_prefix(length);
    return &unit;
  }
  return nullptr;
}

// 2^53: up to here every whole number is a double.
constexpr std::uint64_t kExactDigits = std::uint64_t{1} << 53U;
// 10^22 is the largest power of ten that is a double.
constexpr int kExactPower = 22;

double power_of_ten(int exponent) {
  double power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// digits * 10^exponent, as it is written; nullopt where it takes more digits than a double holds.
struct Decimal {
  bool negative = false;
  std::uint64_t digits = 0;
  int exponent = 0;
};

std::optional<Decimal> exact_decimal(std::string_view text) {
  Decimal decimal;
  decimal.negative = text.starts_with('-');
  if (decimal.negative) text.remove_prefix(1);
  bool after_point = false;
  std::size_t i = 0;
  for (; i < text.size() && (is_digit(text[i]) || text[i] == '.'); ++i) {
    if (text[i] == '.') {
      after_point = true;
      continue;
    }
    decimal.digits = decimal.digits * 10 + static_cast<std::uint64_t>(text[i] - '0');
    if (decimal.digits > kExactDigits) return std::nullopt;
    if (after_point) --decimal.exponent;
  }
  if (i == text.size()) return decimal;
  ++i;  // the e, since the caller knows that this is a number
  if (i < text.size() && text[i] == '+') ++i;
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), exponent);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (std::abs(exponent) > kExactPower) return std::nullopt;
  decimal.exponent += exponent;
  return decimal;
}

Ratio ratio_of(std::string_view text, double value) {
  const std::optional<Decimal> decimal = exact_decimal(text);
  if (!decimal || decimal->exponent >= 0 || -decimal->exponent > kExactPower) return {value, 1};
  const auto digits = static_cast<double>(decimal->digits);
  return {decimal->negative ? -digits : digits, power_of_ten(-decimal->exponent)};
}

std::string unit_message(std::string_view text) {
  std::string units;
  for (const Unit& unit : kUnits) units += (units.empty() ? "" : " ") + std::string(unit.name);
  return expected_but_found("a unit such as 1us, 1ms, 1s, 1B or 64KiB", text) +
         " (units: " + units + ")";
}

}  // namespace

std::optional<WholeNumber> parse_whole(std::string_view text) {
  WholeNumber number;
  number.negative = text.starts_with('-');
  if (number.negative) text.remove_prefix(1);
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number.magnitude, hex ? 16 : 10);
  if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return number;
}

Parsed<std::uint64_t> parse_unsigned(std::string_view text, std::uint64_t least,
                                     std::uint64_t most) {
  const std::optional<WholeNumber> number = parse_whole(text);
  const bool negative = number && number->negative && number->magnitude != 0;
  if (!number || negative || number->magnitude < least || number->magnitude > most) {
    return tl::unexpected(range_text(least, most, text));
  }
  return number->magnitude;
}

Parsed<std::int64_t> parse_signed(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  bool fits = false;
  if (const std::optional<WholeNumber> number = parse_whole(text)) {
    const std::string decimal = signed_text(*number);
    const char* const end = decimal.data() + decimal.size();
    fits = std::from_chars(decimal.data(), end, value).ec == std::errc{};
  }
  if (!fits || value < least || value > most) return tl::unexpected(range_text(least, most, text));
  return value;
}

Parsed<double> parse_number(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  const bool is_number = result.ptr == end && !text.empty();
  const bool in_range = result.ec == std::errc{} && std::isfinite(value);
  if (!is_number || result.ec == std::errc::invalid_argument) {
    return tl::unexpected(expected_but_found("a number", text));
  }
  if (!in_range) return tl::unexpected(expected_but_found("a finite number", text));
  return value;
}

Parsed<Duration> parse_duration(std::string_view text) {
  const std::string wrong = expected_but_found("a duration such as 500ms, 5s or 1m30s", text);
  if (parse_number(text)) {
    return tl::unexpected(wrong + " (write the unit: " + std::string(text) + "s or " +
                          std::string(text) + "ms)");
  }
  Duration total{};
  Duration last_unit = Duration::max();
  for (std::string_view rest = text; !rest.empty();) {
    const std::optional<std::uint64_t> amount = take_digits(rest);
    const TimeUnit* unit = amount ? take_time_unit(rest) : nullptr;
    if (unit == nullptr || unit->length >= last_unit) return tl::unexpected(wrong);
    last_unit = unit->length;
    const auto room = static_cast<std::uint64_t>((kLongestDuration - total) / unit->length);
    if (*amount > room) {
      return tl::unexpected(expected_but_found("at most 8760h", text));
    }
    total += unit->length * static_cast<std::int64_t>(*amount);
  }
  if (text.empty()) return tl::unexpected(wrong);
  if (total == Duration::zero()) {
    return tl::unexpected(expected_but_found("a duration of more than zero", text));
  }
  return total;
}

Parsed<Ratio> parse_factor(std::string_view text) {
  const Parsed<double> value = parse_number(text);
  if (!value) return tl::unexpected(value.error());
  if (*value == 0) return tl::unexpected(expected_but_found("a number other than zero", text));
  return ratio_of(text, *value);
}

Parsed<Ratio> parse_unit(std::string_view text) {
  std::size_t split = text.size();
  while (split > 0 && !is_digit(text[split - 1]) && text[split - 1] != '.') --split;
  const std::string_view number = text.substr(0, split);
  const std::string_view name = text.substr(split);
  const Parsed<Ratio> amount = parse_factor(number);
  if (!amount || amount->numerator < 0) return tl::unexpected(unit_message(text));
  if (name.empty()) return *amount;
  for (const Unit& unit : kUnits) {
    if (unit.name != name) continue;
    return Ratio{amount->numerator * unit.ratio.numerator,
                 amount->denominator * unit.ratio.denominator};
  }
  return tl::unexpected(unit_message(text));
}

Parsed<std::uint64_t> parse_size(std::string_view text) {
  constexpr double kLargest = 1099511627776.0;
  const Parsed<Ratio> ratio = parse_unit(text);
  const double bytes = ratio ? ratio->numerator / ratio->denominator : 0;
  if (!text.ends_with('B') || bytes <= 0 || bytes > kLargest || bytes != std::floor(bytes)) {
    return tl::unexpected(expected_but_found("a size such as 4096B, 64KiB or 1MiB", text));
  }
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace bpfmap::config
