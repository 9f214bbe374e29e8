// SPDX-License-Identifier: Apache-2.0
#include "decode/numbers/amount.h"

namespace bpfmap::decode {

char* Amount::write(char* out, config::Ratio scale) const {
  if (scale.numerator == 1 && scale.denominator == 1) {
    if (real_ != 0) return exposition::write_double(out, real_);
    const auto low = static_cast<std::uint64_t>(integer_);
    if (exposition::Int128{low} == integer_) return exposition::write_unsigned(out, low);
    return is_unsigned_
               ? exposition::write_wide_unsigned(out, static_cast<exposition::Uint128>(integer_))
               : exposition::write_wide(out, integer_);
  }
  const double integer = is_unsigned_
                             ? static_cast<double>(static_cast<exposition::Uint128>(integer_))
                             : static_cast<double>(integer_);
  // One of the two is zero: integers and floats do not mix.
  const double value = integer + real_;
  return exposition::write_double(out, value * scale.numerator / scale.denominator);
}

}  // namespace bpfmap::decode
