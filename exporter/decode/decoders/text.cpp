// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/text.h"

#include <bit>
#include <charconv>
#include <string>
#include <system_error>

namespace bpfmap::decode {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::optional<std::uint64_t> parse_digits(std::string_view digits, int base) {
  std::uint64_t value = 0;  // unsigned: from_chars takes no sign
  const char* last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, value, base);
  if (error != std::errc{} || end != last) return std::nullopt;
  return value;
}

}  // namespace

bool is_plain_text(std::string_view text) {
  std::string escaped(text.size() * exposition::kMaxLabelExpansion, '\0');
  bool lossy = false;
  const char* end = exposition::write_label_value(escaped.data(), text, &lossy);
  return std::string_view(escaped.data(), static_cast<std::size_t>(end - escaped.data())) == text;
}

std::optional<Number> parse_integer(std::string_view text) {
  if (text.starts_with("0x")) {
    const auto value = parse_digits(text.substr(2), 16);
    if (!value) return std::nullopt;
    return Number{Number::Kind::kUnsigned, *value};
  }
  const bool negative = text.starts_with('-');
  const auto magnitude = parse_digits(negative ? text.substr(1) : text, 10);
  if (!magnitude) return std::nullopt;
  if (!negative) return Number{Number::Kind::kUnsigned, *magnitude};
  if (*magnitude > std::uint64_t{1} << 63) return std::nullopt;
  return Number{Number::Kind::kSigned, 0 - *magnitude};
}

char* write_hex(char* out, std::uint64_t bits) {
  *out++ = '0';
  *out++ = 'x';
  const int digits = (64 - std::countl_zero(bits | 1) + 3) / 4;
  for (int at = digits - 1; at >= 0; --at) {
    out[at] = kHexDigits[bits & 0xf];
    bits >>= 4;
  }
  return out + digits;
}

char* write_hex_bytes(char* out, const std::byte* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto byte = std::to_integer<unsigned>(bytes[i]);
    *out++ = kHexDigits[byte >> 4];
    *out++ = kHexDigits[byte & 0xf];
  }
  return out;
}

}  // namespace bpfmap::decode
