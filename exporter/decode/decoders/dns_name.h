// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "decode/decoders/decode_state.h"
#include "decode/decoders/text.h"

// Names as they are in DNS messages (RFC 1035, section 3.1): labels, each behind a byte that says
// how long it is, and an empty one at the end.
namespace bpfmap::decode {

inline constexpr std::size_t kMaxDnsWire = 255;
// Four characters at most for each byte of the wire.
inline constexpr std::size_t kMaxDnsText = 4 * kMaxDnsWire;

struct DnsName {
  std::size_t size = 0;  // of what was written; 0 where the bytes are no name
  std::size_t used = 0;  // bytes of the wire, with the empty label
};

// Writes the labels with dots between and none at the end; "." for the root. Dots and backslashes
// within labels get a backslash, bytes that are not printable ASCII become \DDD (RFC 4343), so that
// different names have different texts. The empty label may be missing. Pointers, which mean
// something in a whole message only, are no name. `out` has room for kMaxDnsText.
DnsName write_dns_name(char* out, std::string_view wire);

// The labels of a wire without the empty ones at its end, for names as ebpf_exporter writes them:
// whatever bytes a label has, and however long it is. Nothing where one ends behind the wire.
std::optional<std::string_view> dns_labels(std::string_view wire);

// These, with a dot for each byte that says how long a label is; what is no name stays as it is.
template <typename Sink>
char* write_dotted(std::string_view wire, char* out, DecodeState& state) {
  const std::optional<std::string_view> labels = dns_labels(wire);
  if (!labels) return Sink::write(out, wire, state);
  if (labels->empty()) return copy_text(out, ".");
  for (std::size_t at = 0; at < labels->size();) {
    if (at > 0) *out++ = '.';
    const std::size_t length = static_cast<unsigned char>((*labels)[at++]);
    out = Sink::write(out, labels->substr(at, length), state);
    at += length;
  }
  return out;
}

struct DnsNameBytes {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  bool as_ebpf_exporter = false;

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState& state) const {
    const std::string_view wire(reinterpret_cast<const char*>(key) + offset, size);
    if (as_ebpf_exporter) return write_dotted<Sink>(wire, out, state);
    char text[kMaxDnsText];
    const DnsName name = write_dns_name(text, wire);
    if (name.size == 0) {
      ++state.errors;
      state.lossy = true;  // there are names that look like the digits of others
      return write_hex_bytes(out, key + offset, size);
    }
    if (wire.find_first_not_of('\0', name.used) != std::string_view::npos) state.lossy = true;
    return Sink::write(out, {text, name.size}, state);
  }
  TextTraits traits() const;
};

// Behind `string`, which has taken the empty label off. What is no name stays as it is.
struct DnsNameText {
  bool as_ebpf_exporter = false;

  template <typename Sink>
  char* write(std::string_view wire, char* out, DecodeState& state) const {
    if (as_ebpf_exporter) return write_dotted<Sink>(wire, out, state);
    char text[kMaxDnsText];
    const DnsName name = write_dns_name(text, wire);
    if (name.size != 0) return Sink::write(out, {text, name.size}, state);
    ++state.errors;
    return Sink::write(out, wire, state);
  }
  static TextTraits traits(const TextTraits& before);
};

}  // namespace bpfmap::decode
