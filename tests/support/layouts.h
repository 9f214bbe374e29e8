// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernel/layout.h"

// Types by hand, laid out as C does it on a 64-bit machine.
namespace bpfmap::test {

using kernel::TypePtr;

inline TypePtr type_of(kernel::TypeKind kind, std::uint32_t size, std::string name) {
  auto type = std::make_shared<kernel::Type>();
  type->kind = kind;
  type->size = size;
  type->name = std::move(name);
  type->is_signed = kind == kernel::TypeKind::kSigned;
  return type;
}

// "u32", "s64", "be16", "f64", "bool", "char"; "u128" and "s128", which only BTF has.
inline TypePtr number(const std::string& name) {
  if (name == "u128") return type_of(kernel::TypeKind::kUnsigned, 16, name);
  if (name == "s128") return type_of(kernel::TypeKind::kSigned, 16, name);
  return kernel::explicit_type(name);
}
inline TypePtr text(std::uint32_t size) { return kernel::array_of(number("char"), size); }
inline TypePtr array(TypePtr element, std::uint32_t count) {
  return kernel::array_of(std::move(element), count);
}

inline TypePtr enumeration(std::vector<kernel::Enumerator> enumerators, bool is_signed = false,
                           std::uint32_t size = 4) {
  kernel::Type type = *type_of(kernel::TypeKind::kEnum, size, "enum e");
  type.is_signed = is_signed;
  type.enumerators = std::move(enumerators);
  return std::make_shared<const kernel::Type>(std::move(type));
}

struct Part {
  std::string name;
  TypePtr type;
  std::uint32_t bits = 0;  // of a bitfield
};

inline std::uint32_t alignment_of(const kernel::Type& type) {
  if (type.kind == kernel::TypeKind::kArray) return alignment_of(*type.element);
  if (!type.is_composite()) return type.size;
  std::uint32_t largest = 1;
  for (const auto& member : type.members) {
    largest = std::max(largest, alignment_of(*member.type));
  }
  return largest;
}

inline std::uint32_t round_up(std::uint32_t value, std::uint32_t to) {
  return (value + to - 1) / to * to;
}

inline TypePtr structure(std::string name, const std::vector<Part>& parts) {
  kernel::Type type = *type_of(kernel::TypeKind::kStruct, 0, std::move(name));
  std::uint32_t bit = 0;
  for (const Part& part : parts) {
    const std::uint32_t width = part.type->size * 8;
    const bool fits = part.bits > 0 && bit / width == (bit + part.bits - 1) / width;
    if (!fits) bit = round_up(bit, alignment_of(*part.type) * 8);
    type.members.push_back({part.name, part.type, bit, part.bits});
    bit += part.bits > 0 ? part.bits : width;
  }
  type.size = round_up((bit + 7) / 8, alignment_of(type));
  return std::make_shared<const kernel::Type>(std::move(type));
}

inline TypePtr union_of(std::string name, const std::vector<Part>& parts) {
  kernel::Type type = *type_of(kernel::TypeKind::kUnion, 0, std::move(name));
  for (const Part& part : parts) {
    type.members.push_back({part.name, part.type, 0, 0});
    type.size = std::max(type.size, part.type->size);
  }
  type.size = round_up(type.size, alignment_of(type));
  return std::make_shared<const kernel::Type>(std::move(type));
}

}  // namespace bpfmap::test
