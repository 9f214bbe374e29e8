// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/field_shape.h"

#include <memory>
#include <vector>

#include "base/terminal_text.h"

namespace bpfmap::decode {
namespace {

using kernel::Type;
using kernel::TypeKind;

bool is_composite(const Type& type) {
  return type.kind == TypeKind::kStruct || type.kind == TypeKind::kUnion;
}

void add_member_paths(const Type& type, const std::string& prefix,
                      std::vector<std::string>& paths) {
  for (const kernel::Member& member : type.members) {
    if (member.name.empty()) {
      add_member_paths(*member.type, prefix, paths);
    } else if (member.type->kind != TypeKind::kKernelPrivate) {
      paths.push_back(prefix + member.name);
    }
  }
}

// How a path to a member of this struct or union begins. The parts of an anonymous union are named
// as if they stood in its place, and so are those of a key that is a union as a whole;
// kernel::leaf_fields() calls the former "a.(x|y)" and the latter "key".
std::string member_prefix(const kernel::Field& field) {
  std::string prefix = field.path;
  if (const std::size_t anonymous = prefix.rfind('('); anonymous != std::string::npos) {
    prefix.resize(anonymous);
    return prefix;
  }
  if (prefix.empty() || (prefix == "key" && field.offset == 0)) return {};
  return prefix + ".";
}

// "choose a member by 'field: a.x' (members: a.x, a.y)"
std::string choose_member(const Type& type, const std::string& prefix) {
  constexpr std::size_t kMostListed = 12;
  std::vector<std::string> paths;
  add_member_paths(type, prefix, paths);
  if (paths.empty()) return "it is empty";
  std::string text = "choose a member by 'field: " + paths.front() + "' (members: ";
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (i == kMostListed) return text + ", ...)";
    text += (i > 0 ? ", " : "") + paths[i];
  }
  return text + ")";
}

std::string why_no_elements(const kernel::Field& field) {
  if (field.type->count == 0) return "it has no elements";
  const Type& element = *field.type->element;
  const std::string first = field.path + "[0]";
  if (kernel::address_of(element, field.path) != kernel::Address::kNone) {
    return "an array of addresses; choose one by 'field: " + first + "'";
  }
  if (is_composite(element)) return "an array; " + choose_member(element, first + ".");
  if (element.kind == TypeKind::kArray) {
    return "an array of arrays; choose one by 'field: " + first + "'";
  }
  if (element.kind == TypeKind::kKernelPrivate) return "it is private to the kernel";
  return "numbers of " + std::to_string(element.size) + " bytes cannot be read";
}

std::string why_no_number(const kernel::Field& field) {
  const Type& type = *field.type;
  switch (type.kind) {
    case TypeKind::kStruct: return "a struct; " + choose_member(type, member_prefix(field));
    case TypeKind::kUnion: return "a union; " + choose_member(type, member_prefix(field));
    case TypeKind::kKernelPrivate:
      return "it is private to the kernel, which shows zeroes to user space";
    case TypeKind::kArray: return why_no_elements(field);
    default: break;
  }
  if (field.bit_size != 0) return "a bitfield that lies across nine bytes";
  return "numbers of " + std::to_string(type.size) + " bytes cannot be read";
}

kernel::TypePtr unsigned_of(std::uint32_t size) {
  Type type;
  type.kind = TypeKind::kUnsigned;
  type.size = size;
  return std::make_shared<const Type>(std::move(type));
}

}  // namespace

std::optional<FieldNumbers> numbers_of(const kernel::Field& field) {
  FieldNumbers numbers;
  numbers.is_array = field.type->kind == TypeKind::kArray;
  numbers.scalar = numbers.is_array ? field.type->element : field.type;
  if (numbers.is_array) {
    if (field.type->count == 0) return std::nullopt;
    numbers.count = field.type->count;
    numbers.stride = numbers.scalar->size;
  }
  kernel::Field first = field;
  first.type = numbers.scalar;
  if (first.type->kind == TypeKind::kBool) first.type = unsigned_of(first.type->size);
  const std::optional<NumberSource> source = NumberSource::of(first);
  if (!source) return std::nullopt;
  numbers.source = *source;
  numbers.range.bits = field.bit_size != 0 ? field.bit_size : first.type->size * 8;
  numbers.range.is_signed = source->is_signed();
  numbers.range.is_float = source->is_float();
  return numbers;
}

std::string why_no_numbers(const kernel::Field& field) {
  return describe(field) + " cannot be decoded as a whole: " + why_no_number(field);
}

std::string describe(const kernel::Field& field) {
  const std::string name = field.path.empty() ? "the key" : "field " + in_quotes(field.path);
  return field.type->name.empty() ? name : name + " (" + field.type->name + ")";
}

bool is_integer(const Type& type) {
  switch (type.kind) {
    case TypeKind::kUnsigned:
    case TypeKind::kSigned:
    case TypeKind::kBool:
    case TypeKind::kChar:
    case TypeKind::kEnum:
    case TypeKind::kPointer: return true;
    default: return false;
  }
}

bool is_byte_array(const Type& type) {
  if (type.kind != TypeKind::kArray || type.count == 0 || type.element->size != 1) return false;
  const TypeKind kind = type.element->kind;
  return kind == TypeKind::kChar || kind == TypeKind::kUnsigned || kind == TypeKind::kSigned;
}

bool is_block_of(const kernel::Field& field, std::uint32_t bytes) {
  const Type& type = *field.type;
  if (type.size != bytes || field.bit_size != 0) return false;
  if (is_composite(type)) return true;
  const Type& scalar = type.kind == TypeKind::kArray ? *type.element : type;
  return scalar.kind == TypeKind::kUnsigned || scalar.kind == TypeKind::kSigned ||
         scalar.kind == TypeKind::kChar;
}

kernel::Field bytes_as_number(const kernel::Field& field) {
  const kernel::Type& type = *field.type;
  const bool is_bytes = type.kind == kernel::TypeKind::kArray && type.element->size == 1;
  const bool has_size = type.size == 1 || type.size == 2 || type.size == 4 || type.size == 8;
  kernel::Field number = field;
  if (is_bytes && has_size) {
    number.type = kernel::explicit_type("u" + std::to_string(type.size * 8));
  }
  return number;
}

kernel::Field as_number(const kernel::Field& field) {
  return field.type->is_raw ? bytes_as_number(field) : field;
}

}  // namespace bpfmap::decode
