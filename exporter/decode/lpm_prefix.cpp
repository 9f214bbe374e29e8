// SPDX-License-Identifier: Apache-2.0
#include "decode/lpm_prefix.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "decode/decoders/field_shape.h"
#include "kernel/map_types.h"

namespace bpfmap::decode {
namespace {

constexpr std::uint32_t kLengthBytes = 4;
constexpr std::uint32_t kIpv4Bytes = 4;
constexpr std::uint32_t kIpv6Bytes = 16;

bool is_address_size(std::uint32_t bytes) { return bytes == kIpv4Bytes || bytes == kIpv6Bytes; }

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

std::optional<LpmPrefix> by_size(const kernel::MapInfo& map) {
  const std::uint32_t size = map.shape.key_size;
  if (size <= kLengthBytes || !is_address_size(size - kLengthBytes)) return std::nullopt;
  kernel::TypePtr bytes = kernel::array_of(kernel::explicit_type("u8"), size);
  return LpmPrefix{{map.key_role, std::move(bytes), 0, 0, 0}, true};
}

}  // namespace

bool is_address_in_trie(const kernel::Field& field) {
  const kernel::Type& type = *field.type;
  if (field.offset < kLengthBytes) return false;
  if (kernel::address_of(type, field.path) != kernel::Address::kNone) return true;
  if (!is_address_size(type.size) || !is_block_of(field, type.size) || type.is_text()) return false;
  return is_in_network_order(type) || is_called_address(field.path);
}

std::optional<LpmPrefix> lpm_prefix(const kernel::MapInfo& map) {
  if (!kernel::is_lpm_trie(map.shape.type)) return std::nullopt;
  // A struct that ends in data of any length describes the key no further than its length.
  if (map.key == nullptr || map.key->size != map.shape.key_size) return by_size(map);
  const std::vector<kernel::Field> fields = kernel::leaf_fields(map.key, map.key_role);
  const bool is_pair = fields.size() == 2 && fields.front().offset == 0 &&
                       fields.front().type->size == kLengthBytes &&
                       fields.back().offset == kLengthBytes;
  if (!is_pair || !is_address_in_trie(fields.back())) return std::nullopt;
  return LpmPrefix{fields.back(), false};
}

}  // namespace bpfmap::decode
