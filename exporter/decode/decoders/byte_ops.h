// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "decode/decoders/decode_state.h"
#include "decode/decoders/text.h"
#include "decode/numbers/wide_integer.h"

// The decoders that read the bytes of a field and not a number. Small value types with the same two
// members:
//   write<Sink>(key, out, state)  decodes the field of the key that starts at `key`
//   traits()
namespace bpfmap::decode {

// Up to the first NUL, as C programs mean it.
struct CString {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState& state) const {
    const std::string_view text = text_of(key + offset, state);
    return Sink::write(out, text, state);
  }
  TextTraits traits() const;

 private:
  std::string_view text_of(const std::byte* bytes, DecodeState& state) const {
    const char* text = reinterpret_cast<const char*>(bytes);
    const std::size_t length = strnlen(text, size);
    unsigned char behind = 0;
    for (std::size_t i = length; i < size; ++i) behind |= static_cast<unsigned char>(text[i]);
    if (behind != 0) state.lossy = true;
    return {text, length};
  }
};

struct HexBytes {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState&) const {
    return write_hex_bytes(out, key + offset, size);
  }
  TextTraits traits() const;
};

struct Ipv4Address {
  std::uint32_t offset = 0;
  bool is_reversed = false;  // a number of the host whose most significant byte is not the first

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState&) const {
    const std::byte* at = key + offset;
    if (!is_reversed) return write_ipv4(out, at);
    const std::byte address[4] = {at[3], at[2], at[1], at[0]};
    return write_ipv4(out, address);
  }
  TextTraits traits() const;
};

struct Ipv6Address {
  std::uint32_t offset = 0;
  bool shows_mapped_as_ipv4 = false;  // 192.0.2.1 instead of ::ffff:192.0.2.1
  bool shows_short_as_ipv4 = false;   // 192.0.2.1 where nothing but zeroes follows four bytes

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState&) const {
    const std::byte* at = key + offset;
    if (shows_mapped_as_ipv4 && is_ipv4_mapped(at)) return write_ipv4(out, at + 12);
    if (shows_short_as_ipv4 && is_ipv4_alone(at)) return write_ipv4(out, at);
    return write_ipv6(out, at);
  }
  TextTraits traits() const;
};

// An address and the index of the interface that it is meant at, if any (RFC 4007, section 11).
struct ZonedIpv6Address {
  std::uint32_t offset = 0;
  std::uint32_t zone_offset = 0;

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState& state) const {
    out = write_ipv6(out, key + offset);
    std::uint32_t zone = 0;
    std::memcpy(&zone, key + zone_offset, sizeof(zone));
    if (zone == 0) return out;
    *out++ = '%';
    const host::Name* name = state.host.interface(zone);
    if (name == nullptr) return exposition::write_unsigned(out, zone);
    if (name->ambiguous) state.lossy = true;
    return Sink::write(out, name->text, state);
  }
  TextTraits traits() const;
};

// Integers of 128 bits in decimal, or in hexadecimal with 0x; those of an array
// with commas between.
struct WideIntegers {
  WideInteger first;
  std::uint32_t count = 1;
  bool in_hex = false;

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState&) const {
    for (std::uint32_t i = 0; i < count; ++i, key += sizeof(exposition::Uint128)) {
      if (i > 0) *out++ = ',';
      out = in_hex ? write_in_hex(first.read(key), out) : first.write(key, out);
    }
    return out;
  }
  TextTraits traits() const;

 private:
  static char* write_in_hex(exposition::Uint128 bits, char* out);
};

// Bytes in hexadecimal, in groups: 02:fc:00:00:00:01.
struct GroupedBytes {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  char separator = ':';
  std::uint32_t breaks = 0;  // bit i: there is a separator before byte i

  static GroupedBytes mac(std::uint32_t offset) { return {offset, 6, ':', 0b11'1110}; }
  // 8-4-4-4-12 digits in the order of memory (RFC 9562, section 4).
  static GroupedBytes uuid(std::uint32_t offset) {
    return {offset, 16, '-', 1u << 4 | 1u << 6 | 1u << 8 | 1u << 10};
  }

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState&) const {
    for (std::uint32_t i = 0; i < size; ++i) {
      if ((breaks >> i & 1) != 0) *out++ = separator;
      out = write_hex_bytes(out, key + offset + i, 1);
    }
    return out;
  }
  TextTraits traits() const;
};

}  // namespace bpfmap::decode
