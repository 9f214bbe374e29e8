// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "decode/decoders/field_shape.h"
#include "decode/decoders/request.h"
#include "decode/decoders/steps.h"

// Wraps what decodes one number into a step, for a field or for the text of the decoder before.
namespace bpfmap::decode {

TextTraits joined(TextTraits element, std::uint32_t count);
TextTraits with_text_kept(TextTraits of_numbers, const TextTraits& before);

template <typename Op>
FirstStep over_field(const FieldNumbers& numbers, Op op) {
  const TextTraits text = op.traits(numbers.range);
  if (!numbers.is_array) return {NumberField<Op>{numbers.source, std::move(op)}, text};
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

// The decoders that are more than a line (decode/decoders/registry.h).
std::optional<FirstStep> build_hex(const Request& request);
std::optional<FirstStep> build_string(const Request& request);
std::optional<FirstStep> build_enum(const Request& request);
std::optional<FirstStep> build_ipv4(const Request& request);
std::optional<FirstStep> build_ipv6(const Request& request);
std::optional<LaterStep> build_map(const Request& request, const TextTraits& before);
std::optional<LaterStep> build_unnamed(const Request& request, const TextTraits& before);

FirstStep enum_step(const FieldNumbers& numbers);
FirstStep hex_step(const FieldNumbers& numbers);

}  // namespace bpfmap::decode
