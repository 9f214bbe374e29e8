// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "kernel/layout.h"

namespace bpfmap::decode {

// A number as it was in the map: integers stay integers, because a double forgets above 2^53.
struct Number {
  enum class Kind : std::uint8_t { kUnsigned, kSigned, kFloat };
  Kind kind = Kind::kUnsigned;
  // kSigned: two's complement, sign-extended. kFloat: the bits of a double.
  std::uint64_t bits = 0;

  std::int64_t as_signed() const { return static_cast<std::int64_t>(bits); }
  double as_double() const;
};

// Where a number lies in a key or value and how its bytes are to be read. A small value
// type, compiled once.
class NumberSource {
 public:
  // Nothing for a field that is no number (array, struct, union, kernel-private), for a number of
  // other than 1, 2, 4 or 8 bytes, and for a bitfield that spreads over more than 8 bytes.
  static std::optional<NumberSource> of(const kernel::Field& field);

  // `whole` points at the key or value the field lies in; it need not be aligned. No byte outside
  // of the field is read. A bool is 0 or 1 whatever its byte holds, a pointer its address, a plain
  // char signed (which is what it is in BPF programs).
  Number read(const std::byte* whole) const { return {kind_, read_bits(whole)}; }
  // read().bits
  std::uint64_t read_bits(const std::byte* whole) const;

  std::uint32_t offset() const { return offset_; }
  std::uint32_t end() const { return offset_ + size_; }  // of the bytes that are read
  std::uint32_t bits() const { return 64U - right_; }    // of the number
  bool is_float() const { return kind_ == Number::Kind::kFloat; }
  bool is_signed() const { return kind_ == Number::Kind::kSigned; }

 private:
  enum class Finish : std::uint8_t { kZeroExtend, kSignExtend, kBool, kFloat32, kFloat64 };

  std::uint64_t load(const std::byte* at) const;

  std::uint32_t offset_ = 0;
  std::uint8_t size_ = 0;  // bytes to load, 1 to 8
  // A shift to the left drops the bits above the number, one to the right those below; both are 64
  // minus the number's bits, unless it is a bitfield that does not begin at the lowest bit.
  std::uint8_t left_ = 0;
  std::uint8_t right_ = 0;
  bool swap_ = false;
  Finish finish_ = Finish::kZeroExtend;
  Number::Kind kind_ = Number::Kind::kUnsigned;
};

// In the header because renderings call it for every field of every row.
inline std::uint64_t NumberSource::load(const std::byte* at) const {
  const auto as = [at]<typename T>(T value) -> std::uint64_t {
    std::memcpy(&value, at, sizeof(value));
    return value;
  };
  switch (size_) {
    case 1: return as(std::uint8_t{});
    case 2: return as(std::uint16_t{});
    case 4: return as(std::uint32_t{});
    case 8: return as(std::uint64_t{});
    default: break;
  }
  // Only bitfields come in other sizes.
  std::uint64_t bits = 0;
  constexpr bool kLittle = std::endian::native == std::endian::little;
  for (std::size_t i = 0; i < size_; ++i) {
    bits = bits << 8 | std::to_integer<std::uint64_t>(at[kLittle ? size_ - 1u - i : i]);
  }
  return bits;
}

inline std::uint64_t NumberSource::read_bits(const std::byte* whole) const {
  std::uint64_t bits = load(whole + offset_);
  if (swap_) bits = __builtin_bswap64(bits) >> (64u - 8u * size_);
  bits <<= left_;
  switch (finish_) {
    case Finish::kZeroExtend: return bits >> right_;
    case Finish::kSignExtend:
      return static_cast<std::uint64_t>(static_cast<std::int64_t>(bits) >> right_);
    case Finish::kBool: return bits >> right_ != 0 ? 1 : 0;
    case Finish::kFloat32: {
      const auto narrow = std::bit_cast<float>(static_cast<std::uint32_t>(bits >> right_));
      return std::bit_cast<std::uint64_t>(static_cast<double>(narrow));
    }
    case Finish::kFloat64: return bits;
  }
  return bits;
}

}  // namespace bpfmap::decode
