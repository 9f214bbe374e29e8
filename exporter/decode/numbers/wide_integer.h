// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "exposition/numbers.h"
#include "kernel/layout.h"

namespace bpfmap::decode {

// Where an integer of 128 bits lies in a key or value, which is more than a Number holds. A
// small value type.
struct WideInteger {
  std::uint32_t offset = 0;
  bool is_signed = false;

  // Nothing for a field that is anything else.
  static std::optional<WideInteger> of(const kernel::Field& field) {
    const kernel::Type& type = *field.type;
    const bool is_integer =
        type.kind == kernel::TypeKind::kUnsigned || type.kind == kernel::TypeKind::kSigned;
    if (!is_integer || type.size != sizeof(exposition::Uint128) || field.bit_size != 0) {
      return std::nullopt;
    }
    return WideInteger{field.offset, type.kind == kernel::TypeKind::kSigned};
  }

  // The type of such an integer.
  static kernel::TypePtr make_type(bool is_signed) {
    kernel::Type type;
    type.kind = is_signed ? kernel::TypeKind::kSigned : kernel::TypeKind::kUnsigned;
    type.name = is_signed ? "__int128" : "unsigned __int128";
    type.size = sizeof(exposition::Uint128);
    type.is_signed = is_signed;
    return std::make_shared<const kernel::Type>(std::move(type));
  }

  // Its bits, two's complement. `whole` need not be aligned.
  exposition::Uint128 read(const std::byte* whole) const {
    static_assert(std::endian::native == std::endian::little, "as BPF objects are compiled");
    exposition::Uint128 bits = 0;
    std::memcpy(&bits, whole + offset, sizeof(bits));
    return bits;
  }

  // In decimal; exposition::kMaxWideChars at most.
  char* write(const std::byte* whole, char* out) const {
    const exposition::Uint128 bits = read(whole);
    return is_signed ? exposition::write_wide(out, static_cast<exposition::Int128>(bits))
                     : exposition::write_wide_unsigned(out, bits);
  }
};

}  // namespace bpfmap::decode
