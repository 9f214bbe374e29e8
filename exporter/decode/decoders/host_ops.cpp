// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/host_ops.h"

#include <algorithm>

namespace bpfmap::decode {
namespace {

// Of names that anybody may have given.
TextTraits free_names(std::size_t longest, NumberRange range) {
  TextTraits traits = name_traits(longest, range);
  traits.is_plain = false;
  traits.is_comma_free = false;
  return traits;
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

TextTraits PciName::traits(NumberRange range) const {
  TextTraits traits = free_names(std::max(host::PciIds::kMaxName, kMaxHexChars), range);
  traits.is_injective = false;
  return traits;
}

}  // namespace bpfmap::decode
