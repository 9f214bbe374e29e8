// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "decode/decoders/decode_state.h"
#include "decode/decoders/name_table.h"
#include "decode/decoders/text.h"
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
  // Negative numbers: two's complement of the field's width.
  std::uint64_t mask = ~std::uint64_t{0};

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

// How the number of a device is put together.
enum class DeviceEncoding : std::uint8_t {
  kKernel,  // dev_t inside the kernel: major << 20 | minor (include/linux/kdev_t.h)
  kUser,    // dev_t of user space: bits 8 to 19 are the major number (sys/sysmacros.h)
};
struct DeviceNumber {
  std::uint32_t major_number = 0;  // `major` and `minor` are macros in some headers
  std::uint32_t minor_number = 0;
};
// Nothing for a number that stands for no device.
std::optional<DeviceNumber> device_of(Number number, DeviceEncoding encoding);

struct BlockDeviceName {
  DeviceEncoding encoding = DeviceEncoding::kKernel;

  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    const std::optional<DeviceNumber> device = device_of(number, encoding);
    if (!device) {
      ++state.errors;
      return write_integer(out, number);
    }
    const auto* name = state.host.block_device(device->major_number, device->minor_number);
    if (name == nullptr) return write_pair(out, *device);
    if (name->ambiguous) state.lossy = true;
    return Sink::write(out, name->text, state);
  }
  TextTraits traits(NumberRange range) const;

 private:
  static char* write_pair(char* out, DeviceNumber device) {
    out = exposition::write_unsigned(out, device.major_number);
    *out++ = ':';
    return exposition::write_unsigned(out, device.minor_number);
  }
};

}  // namespace bpfmap::decode
