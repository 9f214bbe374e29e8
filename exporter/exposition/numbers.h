// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

// Numbers as text, the way every Prometheus format reads them. No locale is ever consulted. Each
// function writes at `out`, where the caller guarantees the number of bytes that its constant says
// (bytes behind the number may be overwritten within that room), and returns the end of the number.
// Nothing is terminated by NUL. Pure functions: any thread.
namespace bpfmap::exposition {

// Sums of 64-bit counters, which may exceed 64 bits.
__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

inline constexpr std::size_t kMaxIntegerChars = 20;  // of write_unsigned and write_signed
inline constexpr std::size_t kMaxWideChars = 40;
inline constexpr std::size_t kMaxDoubleChars = 24;  // of write_double and write_bound

char* write_unsigned(char* out, std::uint64_t value);
char* write_signed(char* out, std::int64_t value);
char* write_wide(char* out, Int128 value);
char* write_wide_unsigned(char* out, Uint128 value);

// The shortest decimal that reads back as the same double; integers below 2^53 without exponent
// ("100000", where the shortest spelling alone would be "1e+05"); "+Inf", "-Inf", "NaN" (whatever
// its sign and payload).
char* write_double(char* out, double value);

// The same number in the spelling of Go's strconv format 'g', hence of the `le` and `quantile`
// labels that the Go client writes ("1e+06", "1.048576e+06", "0.000128"). These labels are
// compared as strings: a bucket keeps its identity only if every exporter spells it alike.
// Source: prometheus/common, expfmt/text_create.go.
char* write_bound(char* out, double bound);

// The value of a sample. Integers stay integers, because a double is exact only up to 2^53.
class Number {
 public:
  // Implicit, so that callers pass what they have.
  template <std::integral T>
  Number(T value) : integer_(value), is_integer_(true) {}
  template <std::floating_point T>
  Number(T value) : real_(static_cast<double>(value)) {}
  Number(Int128 value) : integer_(value), is_integer_(true) {}

  static constexpr std::size_t kMaxChars = kMaxWideChars;
  char* write(char* out) const;

 private:
  Int128 integer_ = 0;
  double real_ = 0;
  bool is_integer_ = false;
};

}  // namespace bpfmap::exposition
