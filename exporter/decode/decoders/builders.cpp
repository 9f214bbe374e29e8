// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/builders.h"

#include <memory>
#include <vector>

#include "decode/decoders/byte_ops.h"
#include "decode/decoders/name_table.h"
#include "decode/decoders/number_ops.h"
#include "decode/decoders/number_steps.h"

namespace bpfmap::decode {

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
