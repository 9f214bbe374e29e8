// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/number_ops.h"

#include <sys/sysmacros.h>

#include <algorithm>

namespace bpfmap::decode {

std::size_t decimal_chars(NumberRange range) {
  if (range.is_float) return exposition::kMaxDoubleChars;
  const unsigned bits = range.is_signed ? range.bits - 1 : range.bits;
  const std::uint64_t largest = ~std::uint64_t{0} >> (64 - std::max(bits, 1u));
  std::size_t digits = 1;
  for (std::uint64_t rest = largest / 10; rest != 0; rest /= 10) ++digits;
  return range.is_signed ? digits + 1 : digits;
}

TextTraits name_traits(std::size_t longest_name, NumberRange range) {
  TextTraits traits;
  traits.max_bytes = std::max(longest_name, decimal_chars(range));
  traits.room = std::max(longest_name, exposition::kMaxIntegerChars);
  traits.is_plain = true;
  traits.is_injective = true;
  traits.is_comma_free = true;
  traits.form = TextTraits::Form::kMixed;
  return traits;
}

TextTraits Decimal::traits(NumberRange range) const {
  TextTraits traits = name_traits(0, range);
  traits.form = range.is_float ? TextTraits::Form::kOther : TextTraits::Form::kDecimal;
  if (range.is_float) traits.room = exposition::kMaxDoubleChars;
  return traits;
}

TextTraits Hexadecimal::traits(NumberRange range) const {
  TextTraits traits;
  traits.max_bytes = 2 + (range.bits + 3) / 4;
  traits.room = traits.max_bytes;
  traits.is_plain = true;
  traits.is_injective = true;
  traits.is_comma_free = true;
  traits.form = TextTraits::Form::kHexadecimal;
  return traits;
}

TextTraits Boolean::traits(NumberRange) const {
  TextTraits traits;
  traits.max_bytes = std::string_view("false").size();
  traits.room = traits.max_bytes;
  traits.is_plain = true;
  traits.is_injective = true;
  traits.is_comma_free = true;
  return traits;
}

TextTraits Named::traits(NumberRange range) const {
  TextTraits traits = name_traits(
      unnamed_in_hex ? std::max(names->longest(), kMaxHexChars) : names->longest(), range);
  traits.is_plain = names->is_plain();
  traits.is_injective = names->is_injective();
  traits.is_comma_free = names->is_comma_free();
  return traits;
}

TextTraits ErrnoName::traits(NumberRange range) const {
  TextTraits traits = name_traits(names->longest(), range);
  traits.is_injective = false;
  return traits;
}

TextTraits InterfaceName::traits(NumberRange range) const {
  TextTraits traits = name_traits(host::HostNames::kMaxInterfaceName, range);
  traits.is_plain = false;
  traits.is_comma_free = false;
  return traits;
}

std::optional<DeviceNumber> device_of(Number number, DeviceEncoding encoding) {
  if (number.kind == Number::Kind::kSigned && number.as_signed() < 0) return std::nullopt;
  if (encoding == DeviceEncoding::kUser) {
    return DeviceNumber{gnu_dev_major(number.bits), gnu_dev_minor(number.bits)};
  }
  constexpr unsigned kMinorBits = 20;
  if (number.bits > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  const auto device = static_cast<std::uint32_t>(number.bits);
  return DeviceNumber{device >> kMinorBits, device & ((1U << kMinorBits) - 1)};
}

TextTraits BlockDeviceName::traits(NumberRange range) const {
  TextTraits traits = name_traits(host::HostNames::kMaxBlockDeviceName, range);
  traits.is_plain = false;
  traits.is_comma_free = false;
  return traits;
}

}  // namespace bpfmap::decode
