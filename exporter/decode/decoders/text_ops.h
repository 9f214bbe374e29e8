// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "decode/decoders/number_ops.h"

// The decoders that write a number in another way; their members are those of number_ops.h.
namespace bpfmap::decode {

// A time span in the largest unit that leaves no 0 before the point: 1.5ms. Exact.
struct DurationText {
  unsigned exponent = 0;  // of the number's unit: 0 for ns, 3 for us, 6 for ms, 9 for s

  template <typename Sink>
  char* write(Number number, char* out, DecodeState&) const {
    const bool is_negative = number.kind == Number::Kind::kSigned && number.as_signed() < 0;
    if (is_negative) *out++ = '-';
    return write_span(out, is_negative ? 0 - number.bits : number.bits);
  }
  TextTraits traits(NumberRange range) const;

 private:
  char* write_span(char* out, std::uint64_t count) const;
};

// st_mode as ls(1) writes it: drwxr-xr-x.
struct FileMode {
  static constexpr std::size_t kChars = 10;

  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    return write_mode(out, number.bits, state);
  }
  TextTraits traits(NumberRange range) const;

 private:
  static char* write_mode(char* out, std::uint64_t mode, DecodeState& state);
};

}  // namespace bpfmap::decode
