// SPDX-License-Identifier: Apache-2.0
#include "decode/lpm_prefix.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "decode/decoders/field_shape.h"
#include "decode/decoders/prefix.h"
#include "decode/row_key.h"
#include "kernel/map_types.h"

namespace bpfmap::decode {
namespace {

bool is_in_network_order(const kernel::Type& type) {
  return type.kind == kernel::TypeKind::kArray ? type.element->big_endian : type.big_endian;
}

// What the kernel's own examples call the address behind the length, and what else it goes by.
bool is_called_address(std::string_view name) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"data", "prefix", "net", "network", "subnet", "cidr", "key"});
  name.remove_prefix(name.rfind('.') + 1);  // npos + 1 is 0
  return kernel::means_address(name) ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// What a reader puts behind the keys of several maps (decode/row_key.h).
bool is_suffix(const kernel::Field& field) {
  return field.path == kOuterKey || field.type->name == kWhichMap;
}

}  // namespace

bool is_address_in_trie(const kernel::Field& field) {
  const kernel::Type& type = *field.type;
  if (field.offset < kPrefixLengthBytes) return false;
  if (kernel::address_of(type, field.path) != kernel::Address::kNone) return true;
  if (!is_address_size(type.size) || !is_block_of(field, type.size) || type.is_text()) return false;
  return is_in_network_order(type) || is_called_address(field.path);
}

std::optional<LpmPrefix> lpm_prefix(const kernel::MapInfo& map) {
  if (!kernel::is_lpm_trie(map.shape.type)) return std::nullopt;
  std::vector<kernel::Field> fields = kernel::leaf_fields(key_or_bytes(map), map.key_role);
  if (fields.size() > 1 && is_suffix(fields.back())) fields.pop_back();
  if (fields.empty() || fields.front().offset != 0) return std::nullopt;
  const std::uint32_t size = fields.front().type->size;
  const bool is_pair = fields.size() == 2 && size == kPrefixLengthBytes &&
                       fields.back().offset == kPrefixLengthBytes &&
                       is_address_in_trie(fields.back());
  if (is_pair) return LpmPrefix{fields.back(), false};
  // Without BTF; a struct that ends in data of any length describes a key no further either.
  const bool has_room = size > kPrefixLengthBytes && is_address_size(size - kPrefixLengthBytes);
  if (fields.size() != 1 || !has_room) return std::nullopt;
  return LpmPrefix{fields.front(), true};
}

}  // namespace bpfmap::decode
