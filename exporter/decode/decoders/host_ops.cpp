// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/host_ops.h"

#include <algorithm>

namespace bpfmap::decode {
namespace {

// Of names that may consist of any bytes.
TextTraits free_names(std::size_t longest, NumberRange range) {
  TextTraits traits = name_traits(longest, range);
  traits.is_plain = false;
  traits.is_comma_free = false;
  return traits;
}

// At least so many digits, without 0x.
char* write_digits(char* out, std::uint64_t number, std::size_t least) {
  char text[kMaxHexChars];
  const char* const end = write_hex(text, number);
  const char* const digits = text + std::string_view("0x").size();
  const auto count = static_cast<std::size_t>(end - digits);
  for (std::size_t i = count; i < least; ++i) *out++ = '0';
  return copy_text(out, {digits, count});
}

char* write_unknown_pci(char* out, std::string_view what, std::uint64_t number, std::size_t least) {
  out = copy_text(copy_text(copy_text(out, "unknown pci "), what), ": 0x");
  return write_digits(out, number, least);
}

}  // namespace

TextTraits TableName::traits(NumberRange range) const {
  return free_names(host::max_name(table), range);
}

TextTraits NumaNode::traits(NumberRange range) const {
  TextTraits traits = name_traits(host::max_name(host::TableId::kNumaNodes), range);
  traits.max_bytes += kUnknown.size();
  traits.room += kUnknown.size();
  traits.is_injective = false;
  return traits;
}

TextTraits NamespaceName::traits(NumberRange range) const {
  constexpr std::string_view kBrackets = ":[]";
  TextTraits traits = name_traits(host::max_name(host::TableId::kNamespaces), range);
  traits.max_bytes += kind.size() + kBrackets.size();
  traits.room += kind.size() + kBrackets.size();
  traits.is_injective = false;  // namespaces of several kinds are the host's
  return traits;
}

TextTraits ProcessName::traits(NumberRange range) const {
  TextTraits traits = free_names(host::ShortName::kMax, range);
  traits.is_injective = false;
  return traits;
}

char* PciName::write_words(char* out, std::uint64_t id, host::PciIds& ids) const {
  using Kind = host::PciIds::Kind;
  if (ids.is_empty()) return copy_text(out, "missing pci.ids db");
  switch (kind) {
    case Kind::kVendor: return write_unknown_pci(out, "vendor", id, 2);
    case Kind::kDevice: return write_unknown_pci(out, "device", id, 4);
    case Kind::kClass: return write_unknown_pci(out, "class", id, 2);
    case Kind::kSubclass: break;
  }
  if (ids.find(Kind::kClass, id >> 8U).empty()) return write_unknown_pci(out, "class", id >> 8U, 2);
  out = copy_text(write_unknown_pci(out, "subclass", id & 0xffU, 2), " (class 0x");
  return copy_text(write_digits(out, id >> 8U, 2), ")");
}

TextTraits PciName::traits(NumberRange range) const {
  TextTraits traits = free_names(std::max(host::PciIds::kMaxName, kMaxHexChars), range);
  traits.is_injective = false;
  return traits;
}

}  // namespace bpfmap::decode
