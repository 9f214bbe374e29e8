// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/dns_name.h"

#include <algorithm>

namespace bpfmap::decode {
namespace {

constexpr std::size_t kMaxLabel = 63;  // the two bits above tell of pointers

char* write_escaped(char* out, unsigned char byte) {
  *out++ = '\\';
  *out++ = static_cast<char>('0' + byte / 100);
  *out++ = static_cast<char>('0' + byte / 10 % 10);
  *out++ = static_cast<char>('0' + byte % 10);
  return out;
}

char* write_byte(char* out, char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  if (byte <= ' ' || byte >= 0x7f) return write_escaped(out, byte);
  if (letter == '.' || letter == '\\') *out++ = '\\';
  *out++ = letter;
  return out;
}

}  // namespace

DnsName write_dns_name(char* out, std::string_view wire) {
  char* const begin = out;
  std::size_t at = 0;
  while (at < wire.size()) {
    const std::size_t length = static_cast<unsigned char>(wire[at++]);
    if (length == 0) break;
    if (length > kMaxLabel || length > wire.size() - at || at + length > kMaxDnsWire) return {};
    if (out != begin) *out++ = '.';
    for (const char letter : wire.substr(at, length)) out = write_byte(out, letter);
    at += length;
  }
  if (out == begin) *out++ = '.';
  return {static_cast<std::size_t>(out - begin), at};
}

std::optional<std::string_view> dns_labels(std::string_view wire) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < wire.size();) {
    const std::size_t length = static_cast<unsigned char>(wire[at++]);
    if (length > wire.size() - at) return std::nullopt;
    at += length;
    if (length != 0) end = at;
  }
  return wire.substr(0, end);
}

TextTraits DnsNameBytes::traits() const {
  TextTraits traits;
  traits.max_bytes = std::max(std::size_t{2} * size, kMaxDnsText);
  traits.room = traits.max_bytes;
  traits.is_injective = !as_ebpf_exporter;
  traits.form = TextTraits::Form::kMixed;
  return traits;
}

TextTraits DnsNameText::traits(const TextTraits& before) {
  TextTraits traits;
  traits.max_bytes = std::max(before.max_bytes, kMaxDnsText);
  traits.room = traits.max_bytes;
  traits.form = TextTraits::Form::kMixed;
  return traits;
}

}  // namespace bpfmap::decode
