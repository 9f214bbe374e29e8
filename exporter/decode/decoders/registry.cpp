// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/registry.h"

#include "decode/decoders/builders.h"
#include "decode/decoders/system_names.h"

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
ErrnoName make_errno() { return {errno_names()}; }
Named make_signal() { return {signal_names()}; }
Named make_syscall() { return {syscall_names()}; }
InterfaceName make_ifname() { return {}; }
BlockDeviceName make_majorminor() { return {}; }

std::optional<FirstStep> build_number(const Request& request) {
  if (!takes_no_arguments(request)) return std::nullopt;
  const std::optional<FieldNumbers> numbers = require_numbers(request);
  if (!numbers) return std::nullopt;
  return over_field(*numbers, Decimal{});
}

constexpr DecoderEntry kDecoders[] = {
    {"bool", integer_field<make_bool>, integer_text<make_bool>},
    {"enum", build_enum, nullptr},
    {"errno", integer_field<make_errno>, integer_text<make_errno>},
    {"hex", build_hex, integer_text<make_hex>},
    {"ifname", integer_field<make_ifname>, integer_text<make_ifname>},
    {"ipv4", build_ipv4, nullptr},
    {"ipv6", build_ipv6, nullptr},
    {"majorminor", integer_field<make_majorminor>, integer_text<make_majorminor>},
    {"map", nullptr, build_map},
    {"number", build_number, integer_text<make_number>},
    {"signal", integer_field<make_signal>, integer_text<make_signal>},
    {"string", build_string, nullptr},
    {"syscall", integer_field<make_syscall>, integer_text<make_syscall>},
    {"unnamed", nullptr, build_unnamed},
};

}  // namespace

std::span<const DecoderEntry> all_decoders() { return kDecoders; }

const DecoderEntry* find_decoder(std::string_view name) {
  for (const DecoderEntry& entry : kDecoders) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
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
