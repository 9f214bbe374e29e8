// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "kernel/layout.h"

// Which types are addresses of the network.
namespace bpfmap::kernel {
namespace {

constexpr std::uint32_t kIpv4Bytes = 4;
constexpr std::uint32_t kIpv6Bytes = 16;

bool is_integer(const Type& type) {
  return type.kind == TypeKind::kUnsigned || type.kind == TypeKind::kSigned ||
         type.kind == TypeKind::kChar;
}

// Integers that fill so many bytes: a number, or an array of numbers.
bool is_block(const Type& type, std::uint32_t bytes) {
  return type.size == bytes && is_integer(type.kind == TypeKind::kArray ? *type.element : type);
}

bool is_in_network_order(const Type& type) {
  return type.kind == TypeKind::kArray ? type.element->big_endian : type.big_endian;
}

Address address_of_struct(const Type& type) {
  if (type.name == "struct in_addr" && type.size == kIpv4Bytes) return Address::kIpv4;
  if (type.name == "struct in6_addr" && type.size == kIpv6Bytes) return Address::kIpv6;
  // The same behind a typedef, which hides the tag.
  if (type.members.size() != 1) return Address::kNone;
  const Member& only = type.members.front();
  if (only.bit_size != 0 || only.type->size != type.size) return Address::kNone;
  if (only.name == "s_addr" && is_block(*only.type, kIpv4Bytes)) return Address::kIpv4;
  if (only.name == "s6_addr" && is_block(*only.type, kIpv6Bytes)) return Address::kIpv6;
  const bool is_view = only.name.empty() || only.name.ends_with("in6_u");
  const bool is_union = only.type->kind == TypeKind::kUnion;
  return is_view && is_union ? address_of(*only.type, type.name) : Address::kNone;
}

// What a member of a union is a view of. An IPv4 address is one by its type only: any number of 32
// bits may stand beside an address.
Address view_of(const Member& member) {
  const Type& type = *member.type;
  if (member.bit_size != 0) return Address::kNone;
  if (type.is_composite()) return address_of(type, member.name);
  if (is_block(type, kIpv6Bytes)) return Address::kIpv6;
  return type.size == kIpv4Bytes && type.big_endian ? Address::kIpv4 : Address::kNone;
}

bool says_address(const Member& member) {
  return member.type->is_composite() || is_in_network_order(*member.type) ||
         means_address(member.name);
}

// Nothing where one of the members is something else.
Address views_of(const Type& type) {
  bool has_ipv4 = false;
  bool has_ipv6 = false;
  for (const Member& member : type.members) {
    const Address view = view_of(member);
    if (view == Address::kNone) return Address::kNone;
    has_ipv4 = has_ipv4 || view != Address::kIpv6;
    has_ipv6 = has_ipv6 || view != Address::kIpv4;
  }
  if (!has_ipv6) return Address::kNone;
  return has_ipv4 ? Address::kEither : Address::kIpv6;
}

}  // namespace

bool means_address(std::string_view name) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"addr", "addrs", "address", "saddr", "daddr", "laddr", "raddr", "ip", "ipaddr", "ip4", "ip6",
       "ipv4", "ipv6", "v4", "v6", "srcip", "dstip", "in6"});
  std::string word;
  const auto is_known = [&] {
    // Digits behind "addr" are a width: addr8, addr32.
    if (word.starts_with("addr")) word.resize(word.find_last_not_of("0123456789") + 1);
    return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
  };
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      continue;
    }
    if (is_known()) return true;
    word.clear();
  }
  return is_known();
}

Address address_of(const Type& type, std::string_view name) {
  if (type.kind == TypeKind::kStruct) return address_of_struct(type);
  if (type.kind != TypeKind::kUnion || type.size != kIpv6Bytes) return Address::kNone;
  const bool says_so = means_address(type.name) || means_address(name) ||
                       std::any_of(type.members.begin(), type.members.end(), says_address);
  return says_so ? views_of(type) : Address::kNone;
}

}  // namespace bpfmap::kernel
