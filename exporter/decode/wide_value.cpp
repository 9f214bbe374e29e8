// SPDX-License-Identifier: Apache-2.0
#include "decode/wide_value.h"

#include <memory>
#include <utility>

namespace bpfmap::decode {
namespace {

using kernel::Field;
using kernel::TypeKind;
using kernel::TypePtr;

const char* word_name(const NumberSource& number) {
  if (number.is_float()) return "f64";
  return number.is_signed() ? "s64" : "u64";
}

// Each number of a number or array; empty where there is something else.
std::vector<NumberSource> numbers_of(const Field& field) {
  const bool is_array = field.type->kind == TypeKind::kArray;
  const std::uint32_t count = is_array ? field.type->count : 1;
  std::vector<NumberSource> numbers;
  for (std::uint32_t i = 0; i < count && numbers.size() <= kMostLanes; ++i) {
    Field one = field;
    if (is_array)
      one = {"", field.type->element, field.offset + i * field.type->element->size, 0, 0};
    const auto number = NumberSource::of(one);
    if (!number) return {};
    numbers.push_back(*number);
  }
  return numbers;
}

// A field named by hand has a type of its own each time.
bool is_same_type(const kernel::Type& a, const kernel::Type& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind || a.size != b.size || a.is_signed != b.is_signed ||
      a.big_endian != b.big_endian || a.count != b.count) {
    return false;
  }
  return a.kind != TypeKind::kArray || is_same_type(*a.element, *b.element);
}

bool is_same(const Field& a, const Field& b) {
  return a.offset == b.offset && a.bit_offset == b.bit_offset && a.bit_size == b.bit_size &&
         is_same_type(*a.type, *b.type);
}

}  // namespace

std::optional<WideValue::Part> WideValue::add(const Field& field, Lane::Kind kind) {
  for (const Known& known : known_) {
    if (known.kind == kind && is_same(known.field, field)) return known.part;
  }
  const std::vector<NumberSource> numbers = numbers_of(field);
  if (numbers.empty() || lanes_.size() + numbers.size() > kMostLanes) return std::nullopt;
  Part part{"part" + std::to_string(known_.size()), {}};
  for (const NumberSource& number : numbers) {
    part.words.push_back(words());
    lanes_.push_back({number, words(), kind});
  }
  TypePtr type = kernel::explicit_type(word_name(numbers.front()));
  if (field.type->kind == TypeKind::kArray) type = kernel::array_of(type, field.type->count);
  known_.push_back({field, kind, part, std::move(type)});
  return part;
}

TypePtr WideValue::type() const {
  kernel::Type whole;
  whole.kind = TypeKind::kStruct;
  whole.name = "words";
  for (const Known& known : known_) {
    // Words follow each other without gaps, and so do members.
    whole.members.push_back({known.part.name, known.type, whole.size * 8, 0});
    whole.size += known.type->size;
  }
  return std::make_shared<const kernel::Type>(std::move(whole));
}

}  // namespace bpfmap::decode
