// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "decode/decoders/decode_state.h"
#include "decode/number_source.h"
#include "exposition/escape.h"
#include "exposition/numbers.h"

// What the decoders of a chain have in common: the text between them and where it goes.
namespace bpfmap::decode {

// What is known at start about the texts that a decoder writes.
struct TextTraits {
  enum class Form : std::uint8_t {
    kDecimal,      // always an integer
    kHexadecimal,  // always an integer, with 0x
    kMixed,        // may be an integer
    kOther,        // never an integer
  };

  std::size_t max_bytes = 0;  // of the text, before it is escaped
  // Bytes that write() may touch: more than max_bytes where it stores whole words,
  // as exposition::write_unsigned() does.
  std::size_t room = 0;
  bool is_plain = false;  // stands in a label as it is: nothing to escape, valid UTF-8
  // Different inputs give different texts, unless DecodeState::lossy is set.
  bool is_injective = false;
  bool is_comma_free = false;  // can be joined by commas and told apart again
  Form form = Form::kOther;

  bool is_integer() const { return form == Form::kDecimal || form == Form::kHexadecimal; }
  std::size_t escaped_room() const {
    return is_plain ? room : room + max_bytes * (exposition::kMaxLabelExpansion - 1);
  }
};

inline char* copy_text(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// The two ways for a decoder to write text that may not be plain: as it is, between decoders ...
struct RawText {
  static char* write(char* out, std::string_view text, DecodeState&) {
    return copy_text(out, text);
  }
};

// ... and as the inside of a label's quotes, at the end of the chain.
struct LabelText {
  static char* write(char* out, std::string_view text, DecodeState& state) {
    return exposition::write_label_value(out, text, &state.lossy);
  }
};

// Whether LabelText would write `text` unchanged.
bool is_plain_text(std::string_view text);

// Decimal with an optional minus, or hexadecimal after "0x"; nothing else before or behind it.
// Nothing for what does not fit 64 bits.
std::optional<Number> parse_integer(std::string_view text);

// An integer of either sign in decimal.
inline char* write_integer(char* out, Number number) {
  if (number.kind == Number::Kind::kSigned)
    return exposition::write_signed(out, number.as_signed());
  return exposition::write_unsigned(out, number.bits);
}

// "0x" and at least one digit, lower-case; at most kMaxHexChars.
inline constexpr std::size_t kMaxHexChars = 18;
char* write_hex(char* out, std::uint64_t bits);

// Two digits per byte, nothing between.
char* write_hex_bytes(char* out, const std::byte* bytes, std::size_t count);

// Dotted quad; at most kMaxIpv4Chars, and may overwrite kIpv4Room.
inline constexpr std::size_t kMaxIpv4Chars = 15;
inline constexpr std::size_t kIpv4Room = 16;
char* write_ipv4(char* out, const std::byte* address);

// The recommended form of RFC 5952, IPv4-mapped addresses as ::ffff:192.0.2.1;
// at most kMaxIpv6Chars.
inline constexpr std::size_t kMaxIpv6Chars = 39;
char* write_ipv6(char* out, const std::byte* address);
bool is_ipv4_mapped(const std::byte* address);
// Whether an IPv4 address stands in room for an IPv6 one: some first four bytes, and zeroes.
bool is_ipv4_alone(const std::byte* address);

}  // namespace bpfmap::decode
