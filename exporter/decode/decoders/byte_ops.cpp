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

TextTraits GroupedBytes::traits() const {
  return plain_text(std::size_t{2} * size + static_cast<std::size_t>(std::popcount(breaks)));
}

}  // namespace bpfmap::decode
