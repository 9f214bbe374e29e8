// SPDX-License-Identifier: Apache-2.0
#include "decode/wide_value.h"

#include <memory>
#include <utility>

namespace bpfmap::decode {
namespace {

using kernel::Field;
using kernel::Member;
using kernel::Type;
using kernel::TypeKind;
using kernel::TypePtr;

const char* word_name(const NumberSource& number) {
  if (number.is_float()) return "f64";
  return number.is_signed() ? "s64" : "u64";
}

class Widener {
 public:
  std::optional<WideValue> run(const TypePtr& value) {
    WideValue wide;
    wide.type = widened(Field{"", value, 0, 0, 0});
    if (wide.type == nullptr || lanes_.empty() || too_many_) return std::nullopt;
    wide.lanes = std::move(lanes_);
    return wide;
  }

 private:
  // Null where nothing of it is a number.
  TypePtr widened(const Field& field) {
    switch (field.type->kind) {
      case TypeKind::kStruct:
      case TypeKind::kUnion: return composite(field);
      case TypeKind::kArray: return field.type->is_text() ? nullptr : array(field);
      default: return number(field);
    }
  }

  TypePtr number(const Field& field) {
    const auto source = NumberSource::of(field);
    if (!source) return nullptr;
    if (lanes_.size() == kMostLanes) {
      too_many_ = true;
      return nullptr;
    }
    lanes_.push_back({*source, static_cast<std::uint32_t>(lanes_.size()), Lane::Kind::kCount});
    return kernel::explicit_type(word_name(*source));
  }

  TypePtr array(const Field& field) {
    TypePtr element;
    for (std::uint32_t i = 0; i < field.type->count && !too_many_; ++i) {
      const Field part{"", field.type->element, field.offset + i * field.type->element->size, 0, 0};
      element = widened(part);
      if (element == nullptr) return nullptr;
    }
    return element == nullptr ? nullptr : kernel::array_of(element, field.type->count);
  }

  TypePtr composite(const Field& field) {
    Type wide;
    wide.kind = TypeKind::kStruct;
    wide.name = field.type->name;
    for (const Member& member : field.type->members) {
      const TypePtr type = widened(part_of(field, member));
      if (type == nullptr) continue;
      // Words follow each other without gaps, and so do members.
      wide.members.push_back({member.name, type, wide.size * 8, 0});
      wide.size += type->size;
    }
    if (wide.members.empty()) return nullptr;
    return std::make_shared<const Type>(std::move(wide));
  }

  static Field part_of(const Field& whole, const Member& member) {
    Field part{"", member.type, whole.offset + member.bit_offset / 8, 0, 0};
    if (member.bit_size == 0) return part;
    // A bitfield is read from the bytes that hold it, as NumberSource wants it.
    part.bit_offset = member.bit_offset % 8;
    part.bit_size = member.bit_size;
    return part;
  }

  std::vector<Lane> lanes_;
  bool too_many_ = false;
};

}  // namespace

std::optional<WideValue> widen(const TypePtr& value) { return Widener().run(value); }

}  // namespace bpfmap::decode
