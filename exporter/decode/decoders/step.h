// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "decode/decoders/text.h"
#include "decode/number_source.h"

namespace bpfmap::decode {

// One decoder of a chain, compiled: reads its input, writes a text. What it is made of is
// known to the function that it calls and nothing else, so that a decoder is one file: a call
// through a pointer for each value, in which everything is inlined. Immutable; copies share
// what it is made of.
//
// An `Op` has two members, the first of them for the sinks of text.h:
//   template <typename Sink> char* write(Input input, char* out, DecodeState& state) const
template <typename Input>
class Step {
 public:
  template <typename Op>
  Step(Op op, TextTraits text)
      : op_(std::make_shared<const Op>(std::move(op))),
        write_raw_(&call<Op, RawText>),
        write_label_(&call<Op, LabelText>),
        text_(text) {}

  // What is known about the texts that it writes.
  const TextTraits& text() const { return text_; }

  // For the next decoder of the chain, and for the inside of a label's quotes.
  char* write_raw(Input input, char* out, DecodeState& state) const {
    return write_raw_(op_.get(), input, out, state);
  }
  char* write_label(Input input, char* out, DecodeState& state) const {
    return write_label_(op_.get(), input, out, state);
  }

  // Where it does nothing but write a number in decimal: the number.
  const std::optional<NumberSource>& decimal() const { return decimal_; }
  void set_decimal(NumberSource number) { decimal_ = number; }

 private:
  using Write = char* (*)(const void* op, Input input, char* out, DecodeState& state);

  template <typename Op, typename Sink>
  static char* call(const void* op, Input input, char* out, DecodeState& state) {
    return static_cast<const Op*>(op)->template write<Sink>(input, out, state);
  }

  std::shared_ptr<const void> op_;
  Write write_raw_;
  Write write_label_;
  TextTraits text_;
  std::optional<NumberSource> decimal_;
};

// The first of a chain gets the bytes of the key, the later ones the text of the one before.
using FirstStep = Step<const std::byte*>;
using LaterStep = Step<std::string_view>;

}  // namespace bpfmap::decode
