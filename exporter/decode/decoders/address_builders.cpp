// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <memory>
#include <vector>

#include "base/suggest.h"
#include "decode/decoders/builders.h"
#include "decode/decoders/byte_ops.h"
#include "decode/decoders/dns_name.h"
#include "decode/decoders/field_shape.h"
#include "decode/decoders/number_ops.h"
#include "decode/decoders/number_steps.h"
#include "decode/decoders/system_names.h"

// The decoders of what protocols of the network hold.
namespace bpfmap::decode {
namespace {

constexpr bool kLittle = std::endian::native == std::endian::little;

// The argument `order` of a decoder that has no other. Nothing where it is wrong.
std::optional<bool> parse_host_order(const Request& request) {
  const config::Tree& arguments = request.arguments;
  if (arguments.is_null()) return false;
  if (!arguments.is_mapping()) {
    request.fail_at(arguments.at, in_quotes(request.name) +
                                      " takes 'order: network' or 'order: host' and nothing else");
    return std::nullopt;
  }
  bool is_host = false;
  for (const auto& [key, value] : arguments.pairs) {
    const std::vector<std::string> keys = {"order"};
    if (key.value != "order") {
      request.fail_at(key.at, "unknown argument " + in_quotes(key.value) + " of " +
                                  in_quotes(request.name) + suggestion(key.value, keys));
      return std::nullopt;
    }
    if (!value.is_scalar() || (value.scalar != "network" && value.scalar != "host")) {
      request.fail_at(value.at, "'order' is either 'network' or 'host'");
      return std::nullopt;
    }
    is_host = value.scalar == "host";
  }
  return is_host;
}

// A number in host order must be a number, and one that does not already say to be big-endian.
bool may_be_host_order(const Request& request) {
  const kernel::Type& type = *as_number(request.field).type;
  if (type.kind == kernel::TypeKind::kArray) {
    request.fail("'order: host' speaks of a number, but " + describe(request.field) +
                 " is an array");
    return false;
  }
  if (type.big_endian) {
    request.fail("'order: host' contradicts the type of " + describe(request.field) +
                 ", which is in network order");
    return false;
  }
  return true;
}

// The 16-bit number of a field in the order that the argument says.
std::optional<FieldNumbers> network_number(const Request& request) {
  const std::optional<bool> is_host_order = parse_host_order(request);
  if (!is_host_order) return std::nullopt;
  if (*is_host_order) {
    if (!may_be_host_order(request)) return std::nullopt;
    return require_integers(request);
  }
  kernel::Field field = bytes_as_number(request.field);
  if (!is_block_of(field, 2) || field.type->kind == kernel::TypeKind::kArray ||
      field.type->is_composite()) {
    request.fail(needs(request, "2 bytes in network order (u16, be16 or u8[2])") +
                 size_in_words(request.field) + " (a number of this machine: 'order: host')");
    return std::nullopt;
  }
  field.type = kernel::explicit_type("be16");
  return numbers_of(field);
}

template <typename Step>
FirstStep whole_step(Step step) {
  const TextTraits text = step.traits();
  return FirstStep{std::move(step), text};
}

std::optional<std::uint32_t> block_offset(const Request& request, std::uint32_t bytes,
                                          std::string_view examples) {
  if (is_block_of(request.field, bytes)) return request.field.offset;
  request.fail(needs(request, std::to_string(bytes) + " bytes (" + std::string(examples) + ")") +
               size_in_words(request.field));
  return std::nullopt;
}

// `zone: true`: the index of an interface follows the address.
std::optional<bool> parse_zone(const Request& request) {
  const config::Tree& arguments = request.arguments;
  if (arguments.is_null()) return false;
  const config::Tree* zone = arguments.find("zone");
  const bool is_bool = zone != nullptr && zone->is_scalar() && arguments.pairs.size() == 1 &&
                       (zone->scalar == "true" || zone->scalar == "false");
  if (is_bool) return zone->scalar == "true";
  request.fail_at(arguments.at, "'ipv6' takes 'zone: true' and nothing else");
  return std::nullopt;
}

std::uint32_t member_offset(const kernel::Type& type, std::string_view name) {
  for (const kernel::Member& member : type.members) {
    if (member.name == name) return member.bit_offset / 8;
  }
  return 0;
}

// struct sockaddr_in6 by the names of its members.
bool is_socket_address(const kernel::Type& type) {
  return type.kind == kernel::TypeKind::kStruct && member_offset(type, "sin6_addr") != 0 &&
         member_offset(type, "sin6_scope_id") != 0;
}

}  // namespace

std::optional<FirstStep> address_step(const Request& request) {
  const std::uint32_t offset = request.field.offset;
  switch (kernel::address_of(*request.field.type, request.field.path)) {
    case kernel::Address::kNone: break;
    case kernel::Address::kIpv4: return whole_step(Ipv4Address{offset, false});
    case kernel::Address::kIpv6: return whole_step(Ipv6Address{offset});
    case kernel::Address::kEither:
      request.diagnostics.notice(
          request.at, describe(request.field) +
                          " is an address of either family: it is shown as IPv4 where 12 bytes of "
                          "zeroes follow the first 4 (a guess; name one of its members, or write "
                          "'decode: ipv6')");
      return whole_step(Ipv6Address{offset, false, true});
  }
  return std::nullopt;
}

std::optional<FirstStep> build_ipv4(const Request& request) {
  const std::optional<bool> is_host_order = parse_host_order(request);
  if (!is_host_order) return std::nullopt;
  const auto offset = block_offset(request, 4, "u32, be32, u8[4] or struct in_addr");
  if (!offset || (*is_host_order && !may_be_host_order(request))) return std::nullopt;
  return whole_step(Ipv4Address{*offset, *is_host_order && kLittle});
}

std::optional<FirstStep> build_ipv6(const Request& request) {
  const std::optional<bool> has_zone = parse_zone(request);
  if (!has_zone) return std::nullopt;
  const kernel::Field& field = request.field;
  if (is_socket_address(*field.type)) {
    const ZonedIpv6Address address{field.offset + member_offset(*field.type, "sin6_addr"),
                                   field.offset + member_offset(*field.type, "sin6_scope_id")};
    TextTraits text = address.traits();
    text.is_injective = false;  // the port is in no label
    return FirstStep{address, text};
  }
  if (*has_zone) {
    const auto offset = block_offset(request, 20, "an address and the u32 behind it");
    if (!offset) return std::nullopt;
    return whole_step(ZonedIpv6Address{*offset, *offset + 16});
  }
  const auto offset = block_offset(request, 16, "u8[16], u32[4] or struct in6_addr");
  if (!offset) return std::nullopt;
  return whole_step(Ipv6Address{*offset});
}

std::optional<FirstStep> build_inet_ip(const Request& request) {
  if (!takes_no_arguments(request)) return std::nullopt;
  const std::uint32_t offset = request.field.offset;
  if (is_block_of(request.field, 4)) return whole_step(Ipv4Address{offset, false});
  if (is_block_of(request.field, 16)) return whole_step(Ipv6Address{offset, true});
  request.fail(needs(request, "4 or 16 bytes") + size_in_words(request.field));
  return std::nullopt;
}

std::optional<FirstStep> build_mac(const Request& request) {
  if (!takes_no_arguments(request)) return std::nullopt;
  const auto offset = block_offset(request, 6, "u8[6]");
  if (!offset) return std::nullopt;
  return whole_step(GroupedBytes::mac(*offset));
}

std::optional<FirstStep> build_uuid(const Request& request) {
  if (!takes_no_arguments(request)) return std::nullopt;
  const auto offset = block_offset(request, 16, "u8[16] or uuid_t");
  if (!offset) return std::nullopt;
  return whole_step(GroupedBytes::uuid(*offset));
}

std::optional<FirstStep> build_port(const Request& request) {
  const std::optional<FieldNumbers> numbers = network_number(request);
  if (!numbers) return std::nullopt;
  return over_field(*numbers, Decimal{});
}

std::optional<FirstStep> build_ethertype(const Request& request) {
  const std::optional<FieldNumbers> numbers = network_number(request);
  if (!numbers) return std::nullopt;
  return over_field(*numbers, make_ethertype());
}

std::optional<FirstStep> build_dname(const Request& request) {
  const std::optional<bool> as_ebpf_exporter = parse_names(request);
  if (!as_ebpf_exporter) return std::nullopt;
  if (!is_byte_array(*request.field.type)) {
    request.fail(needs(request, "an array of bytes that holds a DNS name") +
                 size_in_words(request.field));
    return std::nullopt;
  }
  return whole_step(
      DnsNameBytes{request.field.offset, request.field.type->size, *as_ebpf_exporter});
}

std::optional<LaterStep> build_dname_text(const Request& request, const TextTraits& before) {
  const std::optional<bool> as_ebpf_exporter = parse_names(request);
  if (!as_ebpf_exporter) return std::nullopt;
  return LaterStep{DnsNameText{*as_ebpf_exporter}, DnsNameText::traits(before)};
}

}  // namespace bpfmap::decode
