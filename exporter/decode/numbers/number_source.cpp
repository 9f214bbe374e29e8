// SPDX-License-Identifier: Apache-2.0
#include "decode/number_source.h"

namespace bpfmap::decode {
namespace {

constexpr std::uint32_t kWordBits = 64;

bool is_loadable_size(std::uint32_t bytes) {
  return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

std::optional<Number::Kind> kind_of(const kernel::Type& type) {
  switch (type.kind) {
    case kernel::TypeKind::kUnsigned:
    case kernel::TypeKind::kBool:
    case kernel::TypeKind::kPointer: return Number::Kind::kUnsigned;
    case kernel::TypeKind::kSigned:
    case kernel::TypeKind::kChar: return Number::Kind::kSigned;
    case kernel::TypeKind::kEnum:
      return type.is_signed ? Number::Kind::kSigned : Number::Kind::kUnsigned;
    case kernel::TypeKind::kFloat: return Number::Kind::kFloat;
    case kernel::TypeKind::kArray:
    case kernel::TypeKind::kStruct:
    case kernel::TypeKind::kUnion:
    case kernel::TypeKind::kKernelPrivate: break;
  }
  return std::nullopt;
}

}  // namespace

double Number::as_double() const {
  switch (kind) {
    case Kind::kUnsigned: return static_cast<double>(bits);
    case Kind::kSigned: return static_cast<double>(as_signed());
    case Kind::kFloat: break;
  }
  return std::bit_cast<double>(bits);
}

std::optional<NumberSource> NumberSource::of(const kernel::Field& field) {
  const kernel::Type& type = *field.type;
  const std::optional<Number::Kind> kind = kind_of(type);
  if (!kind || !is_loadable_size(type.size)) return std::nullopt;
  const bool is_bitfield = field.bit_size != 0;
  const std::uint32_t bits = is_bitfield ? field.bit_size : type.size * 8;
  const std::uint32_t above = is_bitfield ? field.bit_offset : 0;
  if (bits > kWordBits || above > kWordBits - bits) return std::nullopt;

  NumberSource source;
  source.offset_ = field.offset;
  source.size_ = static_cast<std::uint8_t>((above + bits + 7) / 8);
  source.left_ = static_cast<std::uint8_t>(kWordBits - above - bits);
  source.right_ = static_cast<std::uint8_t>(kWordBits - bits);
  // How many bits of a number one has to take says nothing about the order of its bytes.
  const bool is_part = is_bitfield && field.bit_size != type.size * 8;
  source.swap_ = type.big_endian && !is_part && std::endian::native == std::endian::little;
  source.kind_ = *kind;
  if (source.is_signed()) source.finish_ = Finish::kSignExtend;
  if (type.kind == kernel::TypeKind::kBool) source.finish_ = Finish::kBool;
  if (source.is_float()) {
    if (is_bitfield || type.size < sizeof(float)) return std::nullopt;
    source.finish_ = type.size == sizeof(float) ? Finish::kFloat32 : Finish::kFloat64;
  }
  return source;
}

}  // namespace bpfmap::decode
