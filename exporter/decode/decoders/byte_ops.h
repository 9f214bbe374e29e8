// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "decode/decoders/text.h"
#include "decode/label_decoder.h"

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

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState&) const {
    return write_ipv6(out, key + offset);
  }
  TextTraits traits() const;
};

}  // namespace bpfmap::decode
