// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "decode/decoders/text.h"
#include "decode/number_source.h"

namespace bpfmap::decode {

// The length that stands before the address in the key of an LPM trie.
inline constexpr std::uint32_t kPrefixLengthBytes = 4;

inline constexpr std::uint32_t kIpv4Bytes = 4;
inline constexpr std::uint32_t kIpv6Bytes = 16;
inline bool is_address_size(std::uint32_t bytes) {
  return bytes == kIpv4Bytes || bytes == kIpv6Bytes;
}

// A prefix of an IPv4 or IPv6 address: 10.0.0.0/8. What lies behind the prefix reads as zeroes,
// whatever the key has there.
struct AddressPrefix {
  NumberSource length;            // bits of the prefix, a number of the key
  std::uint32_t bits_before = 0;  // of them, those that lie before the address
  std::uint32_t offset = 0;       // of the address
  std::uint32_t bytes = 4;        // 4 or 16

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState& state) const {
    return write_prefix(key, out, state);
  }
  TextTraits traits() const;

 private:
  char* write_prefix(const std::byte* key, char* out, DecodeState& state) const;
};

}  // namespace bpfmap::decode
