// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "decode/decoders/decode_state.h"
#include "decode/decoders/field_shape.h"
#include "decode/decoders/number_ops.h"
#include "decode/decoders/request.h"
#include "decode/decoders/step.h"

// Wraps what decodes one number into a step, for a field or for the text of the decoder before.
namespace bpfmap::decode {

// A field that is one number.
template <typename Op>
struct NumberField {
  NumberSource source;
  Op op;

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState& state) const {
    return op.template write<Sink>(source.read(key), out, state);
  }
};

// A field that is an array of numbers: their texts, joined by commas.
template <typename Op>
struct NumberArray {
  NumberSource source;  // of the first
  std::uint32_t stride = 0;
  std::uint32_t count = 0;
  Op op;

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState& state) const {
    for (std::uint32_t i = 0; i < count; ++i, key += stride) {
      if (i > 0) *out++ = ',';
      out = op.template write<Sink>(source.read(key), out, state);
    }
    return out;
  }
};

// A number that the step before wrote. What is no number stays as it is.
template <typename Op>
struct NumberText {
  Op op;

  template <typename Sink>
  char* write(std::string_view text, char* out, DecodeState& state) const {
    if (const std::optional<Number> number = parse_integer(text)) {
      return op.template write<Sink>(*number, out, state);
    }
    ++state.errors;
    return Sink::write(out, text, state);
  }
};

TextTraits joined(TextTraits element, std::uint32_t count);
TextTraits with_text_kept(TextTraits of_numbers, const TextTraits& before);

template <typename Op>
FirstStep over_field(const FieldNumbers& numbers, Op op) {
  const TextTraits text = op.traits(numbers.range);
  if (!numbers.is_array) {
    FirstStep step(NumberField<Op>{numbers.source, std::move(op)}, text);
    if constexpr (std::is_same_v<Op, Decimal>) step.set_decimal(numbers.source);
    return step;
  }
  return {NumberArray<Op>{numbers.source, numbers.stride, numbers.count, std::move(op)},
          joined(text, numbers.count)};
}

template <typename Op>
LaterStep over_text(const TextTraits& before, Op op) {
  const TextTraits text = op.traits(kAnyInteger);
  return {NumberText<Op>{std::move(op)}, with_text_kept(text, before)};
}

// Numbers of the field, integers if so asked; reports why not.
std::optional<FieldNumbers> require_numbers(const Request& request);
std::optional<FieldNumbers> require_integers(const Request& request);

// Whether the text before can be an integer; reports if not.
bool require_integer_text(const Request& request, const TextTraits& before);

// The decoder of a number that a builder has made, in its two places; nothing where it could not.
template <typename Op>
std::optional<FirstStep> over_integers(const Request& request, std::optional<Op> op) {
  if (!op) return std::nullopt;
  const std::optional<FieldNumbers> numbers = require_integers(request);
  if (!numbers) return std::nullopt;
  return over_field(*numbers, *std::move(op));
}
template <typename Op>
std::optional<LaterStep> over_integer_text(const Request& request, const TextTraits& before,
                                           std::optional<Op> op) {
  if (!op || !require_integer_text(request, before)) return std::nullopt;
  return over_text(before, *std::move(op));
}

}  // namespace bpfmap::decode
