// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/registry.h"

#include "decode/decoders/builders.h"
#include "decode/decoders/byte_ops.h"
#include "decode/decoders/field_shape.h"
#include "decode/decoders/host_ops.h"
#include "decode/decoders/number_ops.h"
#include "decode/decoders/number_steps.h"
#include "decode/decoders/system_names.h"
#include "decode/decoders/text_ops.h"
#include "kernel/map_types.h"

namespace bpfmap::decode {
namespace {

// A decoder of integers without arguments, in its two places.
template <auto MakeOp>
std::optional<FirstStep> integer_field(const Request& request) {
  if (!takes_no_arguments(request)) return std::nullopt;
  const std::optional<FieldNumbers> numbers = require_integers(request);
  if (!numbers) return std::nullopt;
  return over_field(*numbers, MakeOp());
}

template <auto MakeOp>
std::optional<LaterStep> integer_text(const Request& request, const TextTraits& before) {
  if (!takes_no_arguments(request) || !require_integer_text(request, before)) return std::nullopt;
  return over_text(before, MakeOp());
}

Boolean make_bool() { return {}; }
Decimal make_number() { return {}; }
Hexadecimal make_hex() { return {}; }
Named make_signal() { return {signal_names()}; }
InterfaceName make_ifname() { return {}; }
Named make_capability() { return {capability_names()}; }
Named make_family() { return {address_family_names()}; }
Named make_ipproto() { return {ip_protocol_names()}; }
Named make_tcp_state() { return {tcp_state_names()}; }
FileMode make_filemode() { return {}; }
TableName make_gid() { return {host::TableId::kGroups}; }
TableName make_irq() { return {host::TableId::kInterrupts}; }
TableName make_uid() { return {host::TableId::kUsers}; }
NumaNode make_numa() { return {}; }
ProcessName make_pid() { return {}; }

std::optional<FirstStep> build_number(const Request& request) {
  if (!takes_no_arguments(request)) return std::nullopt;
  if (auto wide = wide_step(request.field)) return wide;
  const std::optional<FieldNumbers> numbers = require_numbers(request);
  if (!numbers) return std::nullopt;
  return over_field(*numbers, Decimal{});
}

constexpr DecoderEntry kDecoders[] = {
    {"bool", integer_field<make_bool>, integer_text<make_bool>},
    {"capability", integer_field<make_capability>, integer_text<make_capability>},
    {"cgroup", build_cgroup, build_cgroup_later},
    {"container", build_cgroup, build_cgroup_later},
    {"container_id", build_cgroup, build_cgroup_later},
    {"container_runtime", build_cgroup, build_cgroup_later},
    {"dname", build_dname, build_dname_text},
    {"duration", build_duration, build_duration_text},
    {"enum", build_enum, nullptr},
    {"errno", build_errno, build_errno_text},
    {"ethertype", build_ethertype, integer_text<make_ethertype>},
    {"family", integer_field<make_family>, integer_text<make_family>},
    {"filemode", integer_field<make_filemode>, integer_text<make_filemode>},
    {"gid", integer_field<make_gid>, integer_text<make_gid>},
    {"hex", build_hex, integer_text<make_hex>},
    {"ifname", integer_field<make_ifname>, integer_text<make_ifname>},
    {"inet_ip", build_inet_ip, nullptr},
    {"ipproto", integer_field<make_ipproto>, integer_text<make_ipproto>},
    {"ipv4", build_ipv4, nullptr},
    {"ipv6", build_ipv6, nullptr},
    {"irq", integer_field<make_irq>, integer_text<make_irq>},
    {"kstack", build_kstack, nullptr},
    {"ksym", build_ksym, build_ksym_of_text},
    {"mac", build_mac, nullptr},
    {"majorminor", build_majorminor, build_majorminor_text},
    {"map", nullptr, build_map},
    {"namespace", build_namespace, build_namespace_text},
    {"numa", integer_field<make_numa>, integer_text<make_numa>},
    {"number", build_number, integer_text<make_number>},
    {"pci_class", build_pci, build_pci_text},
    {"pci_device", build_pci, build_pci_text},
    {"pci_subclass", build_pci, build_pci_text},
    {"pci_vendor", build_pci, build_pci_text},
    {"pid", integer_field<make_pid>, integer_text<make_pid>},
    {"pod", build_cgroup, build_cgroup_later},
    {"pod_namespace", build_cgroup, build_cgroup_later},
    {"pod_uid", build_cgroup, build_cgroup_later},
    {"port", build_port, nullptr},
    {"prefix", build_prefix, nullptr, "length"},
    {"regexp", nullptr, build_regexp},
    {"signal", integer_field<make_signal>, integer_text<make_signal>},
    {"static_map", nullptr, build_map},
    {"string", build_string, nullptr},
    {"syscall", build_syscall, build_syscall_text},
    {"systemd_unit", build_cgroup, build_cgroup_later},
    {"tcp_state", integer_field<make_tcp_state>, integer_text<make_tcp_state>},
    {"uid", integer_field<make_uid>, integer_text<make_uid>},
    {"uint", build_uint, integer_text<make_number>},
    {"unnamed", nullptr, build_unnamed},
    {"ustack", build_ustack, nullptr, "pid"},
    {"usym", build_usym, nullptr, "pid"},
    {"uuid", build_uuid, nullptr},
};

}  // namespace

const DecoderEntry* find_decoder(std::string_view name) {
  for (const DecoderEntry& entry : kDecoders) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

std::vector<std::string> decoder_names() {
  std::vector<std::string> names;
  for (const DecoderEntry& entry : kDecoders) names.emplace_back(entry.name);
  return names;
}

bool has_decoder(std::string_view name) { return find_decoder(name) != nullptr; }

std::vector<config::FieldRef> other_fields(std::span<const config::DecoderConfig> chain,
                                           const kernel::MapInfo& map) {
  std::vector<config::FieldRef> fields;
  for (const config::DecoderConfig& decoder : chain) {
    const DecoderEntry* entry = find_decoder(decoder.name.value);
    if (entry == nullptr || entry->field_argument.empty()) continue;
    const config::Tree* path = decoder.arguments.find(entry->field_argument);
    if (path != nullptr && path->is_scalar()) {
      fields.push_back({path->at, path->scalar, std::nullopt});
    } else if (entry->first == build_prefix && kernel::is_lpm_trie(map.shape.type)) {
      fields.push_back({decoder.name.at, "", config::ExplicitField{0, std::nullopt, "u32"}});
    }
  }
  return fields;
}

std::optional<FirstStep> decode_by_type(const Request& request) {
  const kernel::Type& type = *request.field.type;
  if (is_byte_array(type)) {
    if (type.element->kind == kernel::TypeKind::kChar) {
      const CString step{request.field.offset, type.size};
      return FirstStep{step, step.traits()};
    }
    if (type.element->kind == kernel::TypeKind::kUnsigned) {
      const HexBytes step{request.field.offset, type.size};
      return FirstStep{step, step.traits()};
    }
  }
  if (auto address = address_step(request)) return address;
  if (auto wide = wide_step(request.field)) return wide;
  const std::optional<FieldNumbers> numbers = require_numbers(request);
  if (!numbers) return std::nullopt;
  switch (numbers->scalar->kind) {
    case kernel::TypeKind::kBool: return over_field(*numbers, Boolean{});
    case kernel::TypeKind::kEnum: return enum_step(*numbers);
    case kernel::TypeKind::kPointer: return hex_step(*numbers);
    default: return over_field(*numbers, Decimal{});
  }
}

}  // namespace bpfmap::decode
