// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "config/config.h"
#include "decode/number_source.h"
#include "exposition/numbers.h"

namespace bpfmap::decode {

// A sum, maximum or minimum of Numbers. Integers are added as 128-bit integers, so that neither a
// sum over CPUs nor one over a million keys wraps or loses its low digits.
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

  // Both sides come from the same field, hence are both integers or both floats. A NaN spoils a
  // sum, but is never a maximum or minimum, unless there is nothing else.
  void combine(const Amount& other, config::Aggregate how) {
    switch (how) {
      case config::Aggregate::kSum:
        integer_ += other.integer_;
        real_ += other.real_;
        break;
      case config::Aggregate::kMax:
        if (other.integer_ > integer_) integer_ = other.integer_;
        if (other.real_ > real_ || is_nan()) real_ = other.real_;
        break;
      case config::Aggregate::kMin:
        if (other.integer_ < integer_) integer_ = other.integer_;
        if (other.real_ < real_ || is_nan()) real_ = other.real_;
        break;
    }
  }

  friend bool operator==(const Amount& a, const Amount& b) {
    return a.integer_ == b.integer_ && (a.real_ == b.real_ || (a.is_nan() && b.is_nan()));
  }

  bool is_zero() const { return integer_ == 0 && real_ == 0; }

  // At most kMaxChars; integers exactly unless `scale` makes them fractions.
  char* write(char* out, config::Ratio scale) const;
  static constexpr std::size_t kMaxChars = exposition::kMaxWideChars;

 private:
  bool is_nan() const { return real_ != real_; }

  exposition::Int128 integer_ = 0;
  double real_ = 0;
};

}  // namespace bpfmap::decode
