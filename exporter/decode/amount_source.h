// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "decode/number_source.h"
#include "decode/numbers/amount.h"
#include "decode/numbers/wide_integer.h"

namespace bpfmap::decode {

// Where an amount lies in a value: a number, or an integer of 128 bits. A small value type.
class AmountSource {
 public:
  AmountSource(NumberSource number) : number_(number) {}

  // Nothing for a field that is neither.
  static std::optional<AmountSource> of(const kernel::Field& field) {
    if (const auto number = NumberSource::of(field)) return AmountSource(*number);
    const auto wide = WideInteger::of(field);
    return wide ? std::optional(AmountSource(*wide)) : std::nullopt;
  }

  Amount read(const std::byte* whole) const {
    if (!wide_) return Amount::of(number_.read(whole));
    return wide_->is_signed ? Amount::of(static_cast<exposition::Int128>(wide_->read(whole)))
                            : Amount::of(wide_->read(whole));
  }

  bool is_float() const { return !wide_ && number_.is_float(); }
  std::uint32_t bits() const { return wide_ ? 128 : number_.bits(); }

  // Whether it can be below zero.
  bool may_be_negative() const {
    return wide_ ? wide_->is_signed : number_.is_signed() || number_.is_float();
  }

 private:
  explicit AmountSource(WideInteger wide) : wide_(wide) {}

  NumberSource number_;
  std::optional<WideInteger> wide_;
};

}  // namespace bpfmap::decode
