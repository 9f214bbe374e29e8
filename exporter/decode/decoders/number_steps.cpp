// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/number_steps.h"

#include <algorithm>

namespace bpfmap::decode {

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
  request.fail(in_quotes(request.name) +
               " needs an integer, which the decoder before it never writes");
  return false;
}

}  // namespace bpfmap::decode
