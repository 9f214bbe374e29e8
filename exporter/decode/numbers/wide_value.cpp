// SPDX-License-Identifier: Apache-2.0
#include "decode/numbers/wide_value.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <utility>

#include "decode/numbers/wide_integer.h"

namespace bpfmap::decode {
namespace {

using kernel::Field;
using kernel::TypeKind;
using kernel::TypePtr;

using exposition::Int128;
using exposition::Uint128;

constexpr std::uint32_t kWord = 8;  // bytes, as of half a number of 128 bits

TypePtr type_of(const Lane& lane) {
  if (lane.half != Lane::Half::kNone) return WideInteger::make_type(lane.from.is_signed());
  if (lane.from.is_float()) return kernel::explicit_type("f64");
  return kernel::explicit_type(lane.from.is_signed() ? "s64" : "u64");
}

// The halves of a number of 128 bits; both know whether it has a sign.
void add_halves(const WideInteger& wide, std::vector<Lane>& lanes) {
  const kernel::TypePtr word = kernel::explicit_type(wide.is_signed ? "s64" : "u64");
  for (const Lane::Half half : {Lane::Half::kLower, Lane::Half::kUpper}) {
    const std::uint32_t offset = wide.offset + (half == Lane::Half::kUpper ? kWord : 0);
    lanes.push_back({*NumberSource::of({"", word, offset, 0, 0}), 0, Lane::Kind::kCount, half});
  }
}

// The lanes of a number or array; empty where there is something else.
std::vector<Lane> lanes_of(const Field& field) {
  const bool is_array = field.type->kind == TypeKind::kArray;
  const std::uint32_t count = is_array ? field.type->count : 1;
  std::vector<Lane> lanes;
  for (std::uint32_t i = 0; i < count && lanes.size() <= kMostLanes; ++i) {
    Field one = field;
    if (is_array)
      one = {"", field.type->element, field.offset + i * field.type->element->size, 0, 0};
    if (const auto number = NumberSource::of(one)) {
      lanes.push_back({*number, 0, Lane::Kind::kCount, Lane::Half::kNone});
    } else if (const auto wide = WideInteger::of(one)) {
      add_halves(*wide, lanes);
    } else {
      return {};
    }
  }
  return lanes;
}

Lane::Kind kind_of(const Lane& lane, Lane::Kind wanted) {
  const bool has_sign = lane.from.is_signed() || lane.from.is_float();
  return wanted == Lane::Kind::kCount && has_sign ? Lane::Kind::kRise : wanted;
}

Uint128 joined(const std::uint64_t* words) { return Uint128{words[1]} << 64U | words[0]; }

void split(Uint128 number, std::uint64_t* words) {
  words[0] = static_cast<std::uint64_t>(number);
  words[1] = static_cast<std::uint64_t>(number >> 64U);
}

double real(std::uint64_t word) { return std::bit_cast<double>(word); }

// A field named by hand has a type of its own each time.
bool is_same_type(const kernel::Type& a, const kernel::Type& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind || a.size != b.size || a.is_signed != b.is_signed ||
      a.big_endian != b.big_endian || a.count != b.count) {
    return false;
  }
  return a.kind != TypeKind::kArray || is_same_type(*a.element, *b.element);
}

bool is_same(const Field& a, const Field& b) {
  return a.offset == b.offset && a.bit_offset == b.bit_offset && a.bit_size == b.bit_size &&
         is_same_type(*a.type, *b.type);
}

}  // namespace

std::optional<WideValue::Part> WideValue::add(const Field& field, Lane::Kind kind) {
  for (const Known& known : known_) {
    if (known.kind == kind && is_same(known.field, field)) return known.part;
  }
  std::vector<Lane> lanes = lanes_of(field);
  if (lanes.empty() || lanes_.size() + lanes.size() > kMostLanes) return std::nullopt;
  TypePtr type = type_of(lanes.front());
  if (field.type->kind == TypeKind::kArray) type = kernel::array_of(type, field.type->count);
  Part part{{field.path, std::move(type), words() * kWord, 0, 0}, {}};
  for (Lane& lane : lanes) {
    lane.word = words();
    lane.kind = kind_of(lane, kind);
    part.words.push_back(lane.word);
    lanes_.push_back(lane);
  }
  known_.push_back({field, kind, part});
  return part;
}

void add_number(const Lane& lane, std::uint64_t* to, const std::uint64_t* amount) {
  if (lane.from.is_float()) {
    *to = std::bit_cast<std::uint64_t>(real(*to) + real(*amount));
  } else if (lane.half == Lane::Half::kNone) {
    *to += *amount;
  } else {
    split(joined(to) + joined(amount), to);
  }
}

bool is_less(const Lane& lane, const std::uint64_t* a, const std::uint64_t* b) {
  if (lane.from.is_float()) return real(*a) < real(*b);
  if (lane.half != Lane::Half::kNone) {
    if (!lane.from.is_signed()) return joined(a) < joined(b);
    return static_cast<Int128>(joined(a)) < static_cast<Int128>(joined(b));
  }
  if (!lane.from.is_signed()) return *a < *b;
  return static_cast<std::int64_t>(*a) < static_cast<std::int64_t>(*b);
}

void subtract(const Lane& lane, const std::uint64_t* now, const std::uint64_t* before,
              std::uint64_t* growth) {
  if (lane.kind == Lane::Kind::kRise && !is_less(lane, before, now)) {
    std::fill_n(growth, lane.words(), std::uint64_t{0});  // zero in every type
  } else if (lane.from.is_float()) {
    *growth = std::bit_cast<std::uint64_t>(real(*now) - real(*before));
  } else if (lane.half == Lane::Half::kNone) {
    *growth = *now - *before;
  } else {
    split(joined(now) - joined(before), growth);
  }
}

void subtract_nothing(const Lane& lane, const std::uint64_t* now, std::uint64_t* growth) {
  constexpr std::uint64_t kNothing[2] = {};
  const bool falls = lane.kind == Lane::Kind::kRise && !is_less(lane, kNothing, now);
  std::copy_n(falls ? kNothing : now, lane.words(), growth);
}

double as_double(const Lane& lane, const std::uint64_t* number) {
  if (lane.from.is_float()) return real(*number);
  if (lane.half != Lane::Half::kNone) {
    return lane.from.is_signed() ? static_cast<double>(static_cast<Int128>(joined(number)))
                                 : static_cast<double>(joined(number));
  }
  return lane.from.is_signed() ? static_cast<double>(static_cast<std::int64_t>(*number))
                               : static_cast<double>(*number);
}

}  // namespace bpfmap::decode
