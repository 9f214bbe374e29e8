// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include "decode/decoders/name_table.h"
#include "decode/decoders/text.h"
#include "decode/label_decoder.h"
#include "decode/number_source.h"

// The decoders whose input is one number. Small value types with the same two members:
//   write<Sink>(number, out, state)  writes the text, returns its end
//   traits(range)                    what is known about the texts of numbers in a range
// Only Decimal takes floating point numbers.
namespace bpfmap::decode {

struct NumberRange {
  unsigned bits = 64;
  bool is_signed = true;
  bool is_float = false;
};
// Of a number that was read back from text.
inline constexpr NumberRange kAnyInteger{};

std::size_t decimal_chars(NumberRange range);

// Of names with a decimal fallback.
TextTraits name_traits(std::size_t longest_name, NumberRange range);

struct Decimal {
  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    if (number.kind != Number::Kind::kFloat) return write_integer(out, number);
    const double value = number.as_double();
    if (std::isnan(value)) state.lossy = true;  // one text for all payloads
    return exposition::write_double(out, value);
  }
  TextTraits traits(NumberRange range) const;
};

struct Hexadecimal {
  std::uint64_t mask =
      ~std::uint64_t{0};  // negative numbers: two's complement of the field's width

  template <typename Sink>
  char* write(Number number, char* out, DecodeState&) const {
    return write_hex(out, number.bits & mask);
  }
  TextTraits traits(NumberRange range) const;
};

struct Boolean {
  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    if (number.bits > 1) state.lossy = true;
    return copy_text(out, number.bits != 0 ? std::string_view("true") : std::string_view("false"));
  }
  TextTraits traits(NumberRange range) const;
};

// Names from a table; numbers without one stay numbers.
struct Named {
  NameTablePtr names;
  bool unnamed_in_hex = false;

  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    const std::string_view name = names->find(number.bits);
    if (name.empty()) {
      return unnamed_in_hex ? write_hex(out, number.bits) : write_integer(out, number);
    }
    if (names->is_plain()) return copy_text(out, name);
    return Sink::write(out, name, state);
  }
  TextTraits traits(NumberRange range) const;
};

// 2, -2 and what becomes of -2 in unsigned numbers of 32 and 64 bits are all ENOENT.
struct ErrnoName {
  NameTablePtr names = nullptr;

  template <typename Sink>
  char* write(Number number, char* out, DecodeState&) const {
    const std::string_view name = names->find(magnitude(number.bits));
    return name.empty() ? write_integer(out, number) : copy_text(out, name);
  }
  TextTraits traits(NumberRange range) const;

 private:
  static std::uint64_t magnitude(std::uint64_t bits) {
    constexpr std::uint64_t kMaxErrno = 4095;  // MAX_ERRNO in include/linux/err.h
    constexpr std::uint64_t kTwoTo32 = std::uint64_t{1} << 32;
    if (0 - bits <= kMaxErrno) return 0 - bits;
    if (bits < kTwoTo32 && kTwoTo32 - bits <= kMaxErrno) return kTwoTo32 - bits;
    return bits;
  }
};

struct InterfaceName {
  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    if (number.bits > std::numeric_limits<std::uint32_t>::max()) return write_integer(out, number);
    const auto* name = state.host.interface(static_cast<std::uint32_t>(number.bits));
    if (name == nullptr) return write_integer(out, number);
    if (name->ambiguous) state.lossy = true;
    return Sink::write(out, name->text, state);
  }
  TextTraits traits(NumberRange range) const;
};

// dev_t as the kernel has it inside: 20 bits of minor number (include/linux/kdev_t.h).
struct BlockDeviceName {
  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    constexpr unsigned kMinorBits = 20;
    if (number.bits > std::numeric_limits<std::uint32_t>::max()) {
      ++state.errors;
      return write_integer(out, number);
    }
    const auto device = static_cast<std::uint32_t>(number.bits);
    const std::uint32_t major = device >> kMinorBits;
    const std::uint32_t minor = device & ((1u << kMinorBits) - 1);
    const auto* name = state.host.block_device(major, minor);
    if (name == nullptr) return write_pair(out, major, minor);
    if (name->ambiguous) state.lossy = true;
    return Sink::write(out, name->text, state);
  }
  TextTraits traits(NumberRange range) const;

 private:
  static char* write_pair(char* out, std::uint32_t major, std::uint32_t minor) {
    out = exposition::write_unsigned(out, major);
    *out++ = ':';
    return exposition::write_unsigned(out, minor);
  }
};

}  // namespace bpfmap::decode
