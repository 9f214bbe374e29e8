// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/prefix.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "decode/decoders/decode_state.h"

namespace bpfmap::decode {
TextTraits AddressPrefix::traits() const {
  constexpr std::size_t kMaxLength = 4;  // "/128"
  TextTraits traits;
  traits.max_bytes = kMaxIpv6Chars + kMaxLength;
  traits.room = kMaxIpv6Chars + 1 + exposition::kMaxIntegerChars;
  traits.is_plain = true;
  // Keys of equal prefixes may differ behind them.
  traits.is_injective = false;
  traits.is_comma_free = true;
  return traits;
}

char* AddressPrefix::write_prefix(const std::byte* key, char* out, DecodeState& state) const {
  constexpr std::size_t kMostBytes = 16;
  const std::uint64_t most = std::uint64_t{bytes} * 8;
  std::uint64_t bits = length.read_bits(key);
  bits -= std::min<std::uint64_t>(bits, bits_before);
  if (bits > most) {  // no trie has such a key; other maps may
    ++state.errors;
    bits = most;
  }
  std::array<std::byte, kMostBytes> address{};
  std::memcpy(address.data(), key + offset, (bits + 7) / 8);
  if (bits % 8 != 0) address[bits / 8] &= static_cast<std::byte>(0xff00U >> bits % 8);
  out = bytes == kIpv4Bytes ? write_ipv4(out, address.data()) : write_ipv6(out, address.data());
  *out++ = '/';
  return exposition::write_unsigned(out, bits);
}

}  // namespace bpfmap::decode
