// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/globals.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <string>

#include "base/suggest.h"
#include "base/terminal_text.h"
#include "config/quantities.h"

namespace bpfmap::decode {
namespace {

using Bytes = std::span<std::byte>;

// Whether machines have numbers of this type: BTF may claim what it wants.
bool is_word(const kernel::Type& type) {
  if (type.kind == kernel::TypeKind::kFloat) return type.size == 4 || type.size == 8;
  return type.size == 1 || type.size == 2 || type.size == 4 || type.size == 8;
}

class ValueEncoder {
 public:
  explicit ValueEncoder(config::Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  bool encode(const config::Tree& value, const kernel::Type& type, Bytes to) {
    if (type.is_scalar() && !is_word(type)) {
      return error(value, "a variable of type " + type.name + " cannot be set");
    }
    switch (type.kind) {
      case kernel::TypeKind::kUnsigned:
      case kernel::TypeKind::kPointer: return encode_unsigned(value, type, to);
      case kernel::TypeKind::kSigned:
      case kernel::TypeKind::kChar: return encode_signed(value, type, to);
      case kernel::TypeKind::kBool: return encode_bool(value, type, to);
      case kernel::TypeKind::kFloat: return encode_float(value, type, to);
      case kernel::TypeKind::kEnum: return encode_enum(value, type, to);
      case kernel::TypeKind::kArray: return encode_array(value, type, to);
      case kernel::TypeKind::kStruct: return encode_struct(value, type, to);
      case kernel::TypeKind::kUnion:
      case kernel::TypeKind::kKernelPrivate: break;
    }
    return error(value, "a variable of type " + type.name + " cannot be set");
  }

 private:
  bool error(const config::Tree& value, std::string message) {
    diagnostics_.error(value.at, std::move(message));
    return false;
  }

  bool expected(const config::Tree& value, const std::string& what, const kernel::Type& type) {
    return error(value, "expected " + what + " for " + type.name + ", found " + found(value));
  }

  static std::string found(const config::Tree& value) {
    switch (value.kind) {
      case config::Tree::Kind::kScalar: return in_quotes(value.scalar);
      case config::Tree::Kind::kSequence: return "a list of " + std::to_string(value.items.size());
      case config::Tree::Kind::kMapping: return "a mapping";
      case config::Tree::Kind::kNull: break;
    }
    return "nothing";
  }

  static std::optional<config::WholeNumber> whole_number(const config::Tree& value) {
    return value.is_scalar() ? config::parse_whole(value.scalar) : std::nullopt;
  }

  // A number in the order of its type.
  static void store_number(std::uint64_t bits, const kernel::Type& type, Bytes to) {
    store(type.big_endian ? __builtin_bswap64(bits) >> (64 - type.size * 8) : bits, to);
  }

  static void store(std::uint64_t bits, Bytes to) {
    static_assert(std::endian::native == std::endian::little,
                  "the low bytes of a number come first in what is copied here");
    std::memcpy(to.data(), &bits, std::min(to.size(), sizeof(bits)));
  }

  bool encode_unsigned(const config::Tree& value, const kernel::Type& type, Bytes to) {
    const std::uint64_t most = ~std::uint64_t{0} >> (64 - type.size * 8);
    const auto number = whole_number(value);
    if (!number || (number->negative && number->magnitude != 0) || number->magnitude > most) {
      return expected(value, "a whole number from 0 to " + std::to_string(most), type);
    }
    store_number(number->magnitude, type, to);
    return true;
  }

  bool encode_signed(const config::Tree& value, const kernel::Type& type, Bytes to) {
    const std::uint64_t most = ~std::uint64_t{0} >> (65 - type.size * 8);
    const auto number = whole_number(value);
    if (!number || number->magnitude > most + (number->negative ? 1 : 0)) {
      return expected(
          value, "a whole number from -" + std::to_string(most + 1) + " to " + std::to_string(most),
          type);
    }
    store(number->negative ? 0 - number->magnitude : number->magnitude, to);
    return true;
  }

  bool encode_bool(const config::Tree& value, const kernel::Type& type, Bytes to) {
    const bool is_true = value.is_scalar() && value.scalar == "true";
    if (!is_true && !(value.is_scalar() && value.scalar == "false")) {
      return expected(value, "true or false", type);
    }
    store(is_true ? 1 : 0, to);
    return true;
  }

  bool encode_float(const config::Tree& value, const kernel::Type& type, Bytes to) {
    const auto number = config::parse_number(value.scalar);
    if (!value.is_scalar() || !number) return expected(value, "a finite number", type);
    if (type.size != sizeof(float)) {
      store(std::bit_cast<std::uint64_t>(*number), to);
      return true;
    }
    if (std::fabs(*number) > std::numeric_limits<float>::max()) {
      return expected(value, "a number of at most 3.4028235e38", type);
    }
    store(std::bit_cast<std::uint32_t>(static_cast<float>(*number)), to);
    return true;
  }

  bool encode_enum(const config::Tree& value, const kernel::Type& type, Bytes to) {
    std::vector<std::string> names;
    for (const kernel::Enumerator& enumerator : type.enumerators) {
      if (value.is_scalar() && enumerator.name == value.scalar) {
        store(enumerator.value, to);
        return true;
      }
      names.push_back(enumerator.name);
    }
    if (whole_number(value)) {
      return type.is_signed ? encode_signed(value, type, to) : encode_unsigned(value, type, to);
    }
    if (!value.is_scalar()) return expected(value, "a name or a whole number", type);
    return error(value, in_quotes(value.scalar) + " is no enumerator of " + type.name +
                            suggestion(value.scalar, names));
  }

  bool encode_array(const config::Tree& value, const kernel::Type& type, Bytes to) {
    if (type.is_text() && value.is_scalar()) {
      if (value.scalar.size() >= type.count) {
        return error(value, "text of " + std::to_string(value.scalar.size()) +
                                " bytes and its NUL do not fit " + type.name);
      }
      std::memcpy(to.data(), value.scalar.data(), value.scalar.size());
      return true;
    }
    if (!value.is_sequence() || value.items.size() != type.count) {
      const std::string text = type.is_text() ? "text or " : "";
      return expected(value, text + "a list of " + std::to_string(type.count), type);
    }
    bool ok = true;
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const std::size_t size = type.element->size;
      ok = encode(value.items[i], *type.element, to.subspan(i * size, size)) && ok;
    }
    return ok;
  }

  bool encode_struct(const config::Tree& value, const kernel::Type& type, Bytes to) {
    if (!value.is_mapping()) return expected(value, "a mapping", type);
    bool ok = true;
    std::vector<std::string> names;
    for (const kernel::Member& member : type.members) {
      if (member.name.empty() && !member.type->is_composite()) continue;  // padding
      names.push_back(member.name);
      ok = encode_member(value, type, member, to) && ok;
    }
    for (const auto& [name, part] : value.pairs) {
      if (std::find(names.begin(), names.end(), name.value) != names.end()) continue;
      diagnostics_.error(name.at, "unknown field " + in_quotes(name.value) + " of " + type.name +
                                      suggestion(name.value, names));
      ok = false;
    }
    return ok;
  }

  bool encode_member(const config::Tree& value, const kernel::Type& type,
                     const kernel::Member& member, Bytes to) {
    if (member.name.empty()) {
      return error(value, "anonymous parts of " + type.name + " cannot be set");
    }
    const config::Tree* part = value.find(member.name);
    if (part == nullptr) {
      return error(value, "field '" + member.name + "' of " + type.name + " is missing");
    }
    if (member.bit_size != 0) {
      return error(*part, "bitfields such as '" + member.name + "' cannot be set");
    }
    return encode(*part, *member.type, to.subspan(member.bit_offset / 8, member.type->size));
  }

  config::Diagnostics& diagnostics_;
};

}  // namespace

std::optional<std::vector<std::byte>> encode_value(const config::Tree& value,
                                                   const kernel::Type& type,
                                                   config::Diagnostics& diagnostics) {
  std::vector<std::byte> bytes(type.size);
  if (!ValueEncoder(diagnostics).encode(value, type, bytes)) return std::nullopt;
  return bytes;
}

}  // namespace bpfmap::decode
