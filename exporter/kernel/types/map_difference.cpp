// SPDX-License-Identifier: Apache-2.0
#include "kernel/map_difference.h"

#include <cstdint>

#include "kernel/map_types.h"

namespace bpfmap::kernel {
namespace {

std::string and_of(const std::string& one, const std::string& other) {
  return " (" + one + " and " + other + ")";
}

std::string bytes_of(std::uint32_t one, std::uint32_t other) {
  return and_of(std::to_string(one), std::to_string(other) + " bytes");
}

bool have_other_fields(const TypePtr& one, const TypePtr& other) {
  if (one == nullptr || other == nullptr) return false;
  std::string fields;
  std::string other_fields;
  append_fields(fields, *one);
  append_fields(other_fields, *other);
  return fields != other_fields;
}

}  // namespace

void append_fields(std::string& text, const Type& type) {
  // As exporters wrote it that took such numbers for bytes: pins of theirs stay good.
  if (type.is_scalar() && type.size == 16) {
    return append_fields(text, *array_of(explicit_type("u8"), type.size));
  }
  text += std::to_string(static_cast<int>(type.kind)) + ":" + std::to_string(type.size);
  if (type.element != nullptr) {
    text += "[" + std::to_string(type.count) + "]";
    append_fields(text, *type.element);
  }
  for (const Member& member : type.members) {
    text += "{" + member.name + "@" + std::to_string(member.bit_offset) + "/" +
            std::to_string(member.bit_size) + " ";
    append_fields(text, *member.type);
    text += "}";
  }
}

std::string map_difference(const MapInfo& one, const MapInfo& other) {
  const MapShape& a = one.shape;
  const MapShape& b = other.shape;
  if (a.type != b.type) return "type" + and_of(map_type_name(a.type), map_type_name(b.type));
  if (a.key_size != b.key_size) return "key size" + bytes_of(a.key_size, b.key_size);
  if (a.value_size != b.value_size) return "value size" + bytes_of(a.value_size, b.value_size);
  if (have_other_fields(one.key, other.key)) return "the fields of their keys";
  if (have_other_fields(one.value, other.value)) return "the fields of their values";
  if (one.inner == nullptr || other.inner == nullptr) return {};
  const std::string inner = map_difference(*one.inner, *other.inner);
  return inner.empty() ? inner : inner + " of the maps in them";
}

}  // namespace bpfmap::kernel
