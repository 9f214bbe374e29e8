// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "config/config.h"
#include "decode/number_source.h"
#include "exposition/numbers.h"

namespace bpfmap::decode {

// A sum, maximum or minimum of Numbers or of integers of 128 bits. Integers are added as 128-bit
// integers, so that neither a sum over CPUs nor one over a million keys wraps or loses its low
// digits. Sums of integers that have 128 bits themselves wrap there, as they do in C.
class Amount {
 public:
  static Amount of(Number number) {
    Amount amount;
    switch (number.kind) {
      case Number::Kind::kUnsigned: amount.integer_ = number.bits; break;
      case Number::Kind::kSigned: amount.integer_ = number.as_signed(); break;
      case Number::Kind::kFloat: amount.real_ = number.as_double(); break;
    }
    return amount;
  }
  static Amount of(exposition::Int128 integer) {
    Amount amount;
    amount.integer_ = integer;
    return amount;
  }
  static Amount of(exposition::Uint128 integer) {
    Amount amount;
    amount.integer_ = static_cast<exposition::Int128>(integer);
    amount.is_unsigned_ = true;
    return amount;
  }

  // Both sides come from the same field, hence are both integers or both floats. A NaN spoils a
  // sum, but is never a maximum or minimum, unless there is nothing else.
  void combine(const Amount& other, config::Aggregate how) {
    switch (how) {
      case config::Aggregate::kSum:
        integer_ =
            static_cast<exposition::Int128>(static_cast<exposition::Uint128>(integer_) +
                                            static_cast<exposition::Uint128>(other.integer_));
        is_unsigned_ = is_unsigned_ || other.is_unsigned_;
        real_ += other.real_;
        break;
      case config::Aggregate::kMax:
        if (is_above(other.integer_, integer_)) integer_ = other.integer_;
        if (other.real_ > real_ || is_nan()) real_ = other.real_;
        break;
      case config::Aggregate::kMin:
        if (is_above(integer_, other.integer_)) integer_ = other.integer_;
        if (other.real_ < real_ || is_nan()) real_ = other.real_;
        break;
    }
  }

  friend bool operator==(const Amount& a, const Amount& b) {
    return a.integer_ == b.integer_ && (a.real_ == b.real_ || (a.is_nan() && b.is_nan()));
  }

  bool is_zero() const { return integer_ == 0 && real_ == 0; }
  bool is_negative() const { return (integer_ < 0 && !is_unsigned_) || real_ < 0; }

  // At most kMaxChars; integers exactly unless `scale` makes them fractions.
  char* write(char* out, config::Ratio scale) const;
  static constexpr std::size_t kMaxChars = exposition::kMaxWideChars;

 private:
  bool is_nan() const { return real_ != real_; }
  bool is_above(exposition::Int128 a, exposition::Int128 b) const {
    if (!is_unsigned_) return a > b;
    return static_cast<exposition::Uint128>(a) > static_cast<exposition::Uint128>(b);
  }

  exposition::Int128 integer_ = 0;
  bool is_unsigned_ = false;  // integer_ is of 128 bits without a sign
  double real_ = 0;
};

}  // namespace bpfmap::decode
