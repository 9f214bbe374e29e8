// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/builders.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace bpfmap::decode {
namespace {

std::string kind_in_words(const kernel::Type& type) {
  switch (type.kind) {
    case kernel::TypeKind::kArray: return "an array";
    case kernel::TypeKind::kStruct: return "a struct";
    case kernel::TypeKind::kUnion: return "a union";
    case kernel::TypeKind::kKernelPrivate: return "private to the kernel";
    case kernel::TypeKind::kFloat: return "a floating point number";
    case kernel::TypeKind::kEnum: return "an enum";
    case kernel::TypeKind::kPointer: return "a pointer";
    case kernel::TypeKind::kBool: return "a bool";
    case kernel::TypeKind::kUnsigned:
    case kernel::TypeKind::kSigned:
    case kernel::TypeKind::kChar: break;
  }
  return "a number";
}

}  // namespace

std::string needs(const Request& request, std::string_view what) {
  return quoted(request.name) + " needs " + std::string(what) + ", but " + describe(request.field) +
         " is ";
}

std::string size_in_words(const kernel::Field& field) {
  if (field.bit_size != 0) return "a bitfield";
  std::string kind = kind_in_words(*field.type);
  if (field.type->kind == kernel::TypeKind::kKernelPrivate) return kind;
  return kind + " of " + std::to_string(field.type->size) + " bytes";
}

TextTraits joined(TextTraits element, std::uint32_t count) {
  if (count == 1) return element;
  const std::size_t others = (count - std::size_t{1}) * (element.max_bytes + 1);
  element.max_bytes += others;
  element.room += others;
  element.is_injective = element.is_injective && element.is_comma_free;
  element.is_comma_free = false;
  element.form = TextTraits::Form::kOther;
  return element;
}

TextTraits with_text_kept(TextTraits of_numbers, const TextTraits& before) {
  if (before.is_integer()) return of_numbers;  // everything can be parsed, nothing is kept
  of_numbers.max_bytes = std::max(of_numbers.max_bytes, before.max_bytes);
  of_numbers.room = std::max(of_numbers.room, before.max_bytes);
  of_numbers.is_plain = of_numbers.is_plain && before.is_plain;
  of_numbers.is_injective = false;  // "9" and "09", or a text that looks like a name
  of_numbers.is_comma_free = false;
  of_numbers.form = TextTraits::Form::kMixed;
  return of_numbers;
}

std::optional<FieldNumbers> require_numbers(const Request& request) {
  std::optional<FieldNumbers> numbers = numbers_of(as_number(request.field));
  if (!numbers) request.fail(why_no_numbers(request.field));
  return numbers;
}

std::optional<FieldNumbers> require_integers(const Request& request) {
  std::optional<FieldNumbers> numbers = require_numbers(request);
  if (!numbers || is_integer(*numbers->scalar)) return numbers;
  request.fail(needs(request, "an integer") + "floating point");
  return std::nullopt;
}

bool require_integer_text(const Request& request, const TextTraits& before) {
  if (before.form != TextTraits::Form::kOther) return true;
  request.fail(quoted(request.name) +
               " needs an integer, which the decoder before it never writes");
  return false;
}

FirstStep enum_step(const FieldNumbers& numbers) {
  std::vector<NameTable::Row> rows;
  for (const kernel::Enumerator& enumerator : numbers.scalar->enumerators) {
    rows.push_back({enumerator.value, enumerator.name});
  }
  return over_field(numbers, Named{std::make_shared<const NameTable>(std::move(rows))});
}

FirstStep hex_step(const FieldNumbers& numbers) {
  return over_field(numbers, Hexadecimal{~std::uint64_t{0} >> (64 - numbers.range.bits)});
}

std::optional<FirstStep> wide_step(const kernel::Field& field, bool in_hex) {
  const bool is_array = field.type->kind == kernel::TypeKind::kArray;
  kernel::Field first = field;
  if (is_array) first.type = field.type->element;
  const auto wide = WideInteger::of(first);
  const std::uint32_t count = is_array ? field.type->count : 1;
  if (!wide || count == 0) return std::nullopt;
  const WideIntegers step{*wide, count, in_hex};
  return FirstStep{step, step.traits()};
}

std::optional<FirstStep> build_hex(const Request& request) {
  if (!takes_no_arguments(request)) return std::nullopt;
  if (auto wide = wide_step(request.field, true)) return wide;
  if (is_byte_array(*request.field.type)) {
    const HexBytes step{request.field.offset, request.field.type->count};
    return FirstStep{step, step.traits()};
  }
  const std::optional<FieldNumbers> numbers = require_integers(request);
  if (!numbers) return std::nullopt;
  return hex_step(*numbers);
}

std::optional<FirstStep> build_string(const Request& request) {
  if (!takes_no_arguments(request)) return std::nullopt;
  const kernel::Type& type = *request.field.type;
  const bool is_character = type.kind == kernel::TypeKind::kChar && request.field.bit_size == 0;
  if (!is_character && !is_byte_array(type)) {
    request.fail(needs(request, "an array of char or of other bytes") + kind_in_words(type) +
                 (type.kind == kernel::TypeKind::kArray ? " of something else" : ""));
    return std::nullopt;
  }
  const CString step{request.field.offset, type.size};
  return FirstStep{step, step.traits()};
}

std::optional<FirstStep> build_enum(const Request& request) {
  if (!takes_no_arguments(request)) return std::nullopt;
  const std::optional<FieldNumbers> numbers = require_numbers(request);
  if (!numbers) return std::nullopt;
  if (numbers->scalar->kind != kernel::TypeKind::kEnum) {
    request.fail(needs(request, "an enum") + kind_in_words(*request.field.type));
    return std::nullopt;
  }
  return enum_step(*numbers);
}

}  // namespace bpfmap::decode
