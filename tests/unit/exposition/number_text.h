// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <string>

#include "exposition/numbers.h"

// The writers of numbers.h as functions that return text, and that notice when more room is
// used than promised.
namespace bpfmap::exposition {

template <std::size_t kRoom, typename Write>
std::string written_in(Write write) {
  constexpr std::size_t kGuard = 16;
  char buffer[kRoom + kGuard];
  std::memset(buffer, '#', sizeof(buffer));
  const char* const end = write(buffer);
  for (std::size_t i = kRoom; i < kRoom + kGuard; ++i) {
    if (buffer[i] != '#') return "written beyond the promised room";
  }
  return {buffer, static_cast<std::size_t>(end - buffer)};
}

inline std::string unsigned_text(std::uint64_t value) {
  return written_in<kMaxIntegerChars>([value](char* out) { return write_unsigned(out, value); });
}

inline std::string signed_text(std::int64_t value) {
  return written_in<kMaxIntegerChars>([value](char* out) { return write_signed(out, value); });
}

inline std::string wide_text(Int128 value) {
  return written_in<kMaxWideChars>([value](char* out) { return write_wide(out, value); });
}

inline std::string double_text(double value) {
  return written_in<kMaxDoubleChars>([value](char* out) { return write_double(out, value); });
}

inline std::string bound_text(double value) {
  return written_in<kMaxDoubleChars>([value](char* out) { return write_bound(out, value); });
}

inline std::string number_text(const Number& value) {
  return written_in<Number::kMaxChars>([&value](char* out) { return value.write(out); });
}

}  // namespace bpfmap::exposition
