// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/byte_ops.h"

#include <bit>

namespace bpfmap::decode {
namespace {

TextTraits plain_text(std::size_t max_bytes) {
  TextTraits traits;
  traits.max_bytes = max_bytes;
  traits.room = max_bytes;
  traits.is_plain = true;
  traits.is_injective = true;
  return traits;
}

}  // namespace

TextTraits CString::traits() const {
  TextTraits traits = plain_text(size);
  traits.is_plain = false;
  traits.form = TextTraits::Form::kMixed;
  return traits;
}

TextTraits HexBytes::traits() const { return plain_text(std::size_t{2} * size); }

TextTraits Ipv4Address::traits() const {
  TextTraits traits = plain_text(kMaxIpv4Chars);
  traits.room = kIpv4Room;
  return traits;
}

TextTraits Ipv6Address::traits() const { return plain_text(kMaxIpv6Chars); }

TextTraits ZonedIpv6Address::traits() const {
  TextTraits traits = plain_text(kMaxIpv6Chars + 1 + host::HostNames::kMaxInterfaceName);
  traits.room = kMaxIpv6Chars + 1 + exposition::kMaxIntegerChars;
  traits.is_plain = false;
  return traits;
}

char* WideIntegers::write_in_hex(exposition::Uint128 bits, char* out) {
  constexpr unsigned kHalf = 64;
  const auto high = static_cast<std::uint64_t>(bits >> kHalf);
  const auto low = static_cast<std::uint64_t>(bits);
  if (high == 0) return write_hex(out, low);
  out = write_hex(out, high);
  for (unsigned shift = kHalf; shift != 0; shift -= 4) {
    *out++ = "0123456789abcdef"[low >> (shift - 4) & 0xf];
  }
  return out;
}

// Texts that hold more than the decoders of numbers behind them can read: to them, they are text.
TextTraits WideIntegers::traits() const {
  TextTraits traits = plain_text(count * (exposition::kMaxWideChars + 1));
  traits.is_comma_free = count == 1;
  traits.form = TextTraits::Form::kMixed;
  return traits;
}

TextTraits GroupedBytes::traits() const {
  return plain_text(std::size_t{2} * size + static_cast<std::size_t>(std::popcount(breaks)));
}

}  // namespace bpfmap::decode
