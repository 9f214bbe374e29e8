// SPDX-License-Identifier: Apache-2.0
#include "kernel/code/code_content.h"

#include <linux/bpf.h>

#include <algorithm>
#include <utility>

namespace bpfmap::kernel {
namespace {

using Kind = Content::Kind;

bool is_bare_number(const Content& content) {
  return content.is(Kind::kConstant) || content.is(Kind::kNegative);
}

NumberOrigin not_followed(Meaning meaning = Meaning::kNone) {
  return {meaning, NumberOrigin::Shape::kOther, 1, 1, 0};
}

NumberOrigin choice() { return {Meaning::kNone, NumberOrigin::Shape::kChoice, 1, 1, 0}; }

// An index into an array, or a choice between fields: nothing tells the two apart.
Content indexed(const Content& base, const Content& index) {
  Content address = base;
  address.indexed = true;
  const NumberOrigin number = origin_of(index);
  // Of rows of arrays the inner index is the finer one.
  const bool keeps = base.indexed && base.number.multiplied < number.multiplied;
  if (!keeps) address.number = number;
  return address;
}

Content sum_with_address(const Content& base, const Content& by) {
  if (by.is(Kind::kConstant)) return base.moved(by.offset);
  if (base.is(Kind::kAddress)) return indexed(base, by);
  Content address = base;
  address.offset = Content::kAnywhere;
  return address;
}

Content sum_of_numbers(const Content& one, const Content& other) {
  const bool one_is_constant = one.is(Kind::kConstant);
  if (one_is_constant && other.is(Kind::kConstant)) {
    return Content::constant(static_cast<std::int64_t>(static_cast<std::uint64_t>(one.offset) +
                                                       static_cast<std::uint64_t>(other.offset)));
  }
  if (other.is(Kind::kConstant)) return Content::of(plus(origin_of(one), other.offset));
  if (one_is_constant) return Content::of(plus(origin_of(other), one.offset));
  return Content::of(combined(origin_of(one), origin_of(other)));
}

Content sum(const Content& one, const Content& other) {
  for (const auto& [base, by] : {std::pair(one, other), std::pair(other, one)}) {
    switch (base.kind) {
      case Kind::kAddress:
      case Kind::kStack: return sum_with_address(base, by);
      case Kind::kLoaded:
      case Kind::kGrown:
        return {by.is_negative() ? Kind::kFallen : Kind::kGrown, false, base.region, base.offset,
                origin_of(by)};
      case Kind::kFallen: return base;
      default: break;
    }
  }
  return sum_of_numbers(one, other);
}

Content difference(const Content& one, const Content& other) {
  switch (one.kind) {
    case Kind::kLoaded:
    case Kind::kGrown:
    case Kind::kFallen: return {Kind::kFallen, false, one.region, one.offset, {}};
    case Kind::kAddress:
    case Kind::kStack:
      return sum_with_address(one,
                              other.is(Kind::kConstant) ? Content::constant(-other.offset) : other);
    default: break;
  }
  if (other.is(Kind::kConstant)) return sum_of_numbers(one, Content::constant(-other.offset));
  return Content::of(minus(origin_of(one), origin_of(other)));
}

// Of one region.
Content joined_addresses(const Content& one, const Content& other) {
  // An element that a constant chooses, on one of the ways.
  if (one.indexed != other.indexed) return one.indexed ? one : other;
  Content both = one;
  if (one.offset != other.offset) both.offset = Content::kAnywhere;
  if (one.indexed) both.number = joined_origin(one.number, other.number);
  return both;
}

std::int64_t of_constants(std::uint8_t operation, std::int64_t target, std::int64_t source) {
  const auto a = static_cast<std::uint64_t>(target);
  const auto b = static_cast<std::uint64_t>(source);
  switch (operation) {
    case BPF_MUL: return static_cast<std::int64_t>(a * b);
    case BPF_DIV: return b == 0 ? 0 : static_cast<std::int64_t>(a / b);
    case BPF_MOD: return b == 0 ? target : static_cast<std::int64_t>(a % b);
    case BPF_OR: return static_cast<std::int64_t>(a | b);
    case BPF_AND: return static_cast<std::int64_t>(a & b);
    case BPF_XOR: return static_cast<std::int64_t>(a ^ b);
    case BPF_LSH: return static_cast<std::int64_t>(a << (b & 63));
    case BPF_RSH: return static_cast<std::int64_t>(a >> (b & 63));
    default: return target >> (b & 63);
  }
}

NumberOrigin by_constant(std::uint8_t operation, const NumberOrigin& number, std::int64_t by) {
  switch (operation) {
    case BPF_MUL: return multiplied_by(number, by);
    case BPF_DIV: return divided_by(number, by);
    case BPF_LSH: return shifted_left(number, by);
    case BPF_RSH:
    case BPF_ARSH: return shifted_right(number, by);
    case BPF_AND: return masked(number, by);
    case BPF_OR: return number.is_plain() ? not_followed(number.meaning) : number;
    default: return number.is_choice() ? number : not_followed();
  }
}

Content by_operation(std::uint8_t operation, const Content& target, const Content& source) {
  const bool by_known = source.is(Kind::kConstant);
  if (by_known && target.is(Kind::kConstant)) {
    return Content::constant(of_constants(operation, target.offset, source.offset));
  }
  if (target.refers_to_region() || source.refers_to_region()) return Content::of(not_followed());
  if (by_known) return Content::of(by_constant(operation, origin_of(target), source.offset));
  if (operation == BPF_RSH) return Content::of(shifted_by_choice(origin_of(target)));
  if (operation == BPF_OR) {
    return Content::of(combined(origin_of(target), origin_of(source)));
  }
  return Content::of(not_followed());
}

template <typename Unsigned, typename Signed>
bool compares(std::uint8_t operation, Unsigned a, Unsigned b) {
  const auto c = static_cast<Signed>(a);
  const auto d = static_cast<Signed>(b);
  switch (operation) {
    case BPF_JEQ: return a == b;
    case BPF_JNE: return a != b;
    case BPF_JGT: return a > b;
    case BPF_JGE: return a >= b;
    case BPF_JLT: return a < b;
    case BPF_JLE: return a <= b;
    case BPF_JSET: return (a & b) != 0;
    case BPF_JSGT: return c > d;
    case BPF_JSGE: return c >= d;
    case BPF_JSLT: return c < d;
    default: return c <= d;
  }
}

}  // namespace

NumberOrigin origin_of(const Content& content) {
  if (content.is(Kind::kNumber)) return content.number;
  return is_bare_number(content) ? choice() : NumberOrigin{};
}

Content Content::moved(std::int64_t by) const {
  Content there = *this;
  if (offset != kAnywhere) there.offset += by;
  return there;
}

Content joined(const Content& one, const Content& other) {
  if (one == other || other.is(Kind::kNothing)) return one;
  if (one.is(Kind::kNothing)) return other;
  // A null stands beside the address that it was tested for, and a bound beside a number.
  if (one.is(Kind::kAddress) && other.is(Kind::kConstant)) return one;
  if (other.is(Kind::kAddress) && one.is(Kind::kConstant)) return other;
  if (one.is_negative() && is_bare_number(other)) return {Kind::kNegative, false, 0, 0, {}};
  if (other.is_negative() && is_bare_number(one)) return {Kind::kNegative, false, 0, 0, {}};
  if (one.is(Kind::kNumber) && is_bare_number(other)) return one;
  if (other.is(Kind::kNumber) && is_bare_number(one)) return other;
  if (one.is(Kind::kNumber) && other.is(Kind::kNumber)) {
    return Content::of(joined_origin(one.number, other.number));
  }
  if (one.is(Kind::kConstant) && other.is(Kind::kConstant)) return Content::of(choice());
  if (one.is(Kind::kAddress) && other.is(Kind::kAddress) && one.region == other.region) {
    return joined_addresses(one, other);
  }
  return Content::of(not_followed());
}

Content computed(std::uint8_t code, const Content& target, const Content& source) {
  switch (BPF_OP(code)) {
    case BPF_MOV: {
      const bool is_narrow = BPF_CLASS(code) == BPF_ALU && source.is(Kind::kNumber);
      return is_narrow ? Content::of(part_of(source.number, 0, 4)) : source;
    }
    case BPF_ADD: return sum(target, source);
    case BPF_SUB: return difference(target, source);
    case BPF_NEG: return {Kind::kNegative, false, 0, 0, {}};
    case BPF_END: return Content::of(not_followed());
    default: return by_operation(BPF_OP(code), target, source);
  }
}

bool is_taken(std::uint8_t code, std::int64_t target, std::int64_t source) {
  if (BPF_CLASS(code) == BPF_JMP32) {
    return compares<std::uint32_t, std::int32_t>(BPF_OP(code), static_cast<std::uint32_t>(target),
                                                 static_cast<std::uint32_t>(source));
  }
  return compares<std::uint64_t, std::int64_t>(BPF_OP(code), static_cast<std::uint64_t>(target),
                                               static_cast<std::uint64_t>(source));
}

bool CodeState::join(const CodeState& other) {
  bool changed = false;
  for (std::size_t i = 0; i < kRegisters; ++i) {
    const Content both = joined(registers[i], other.registers[i]);
    changed = changed || both != registers[i];
    registers[i] = both;
  }
  for (const auto& [offset, part] : other.stack) {
    const auto [place, added] = stack.try_emplace(offset, part);
    if (added) {
      changed = true;
      continue;
    }
    const StackPart both{std::max(place->second.size, part.size),
                         joined(place->second.content, part.content)};
    changed = changed || both != place->second;
    place->second = both;
  }
  return changed;
}

Content CodeState::load(std::int64_t at, std::uint32_t size) const {
  if (const auto place = stack.find(at); place != stack.end()) {
    const Content& content = place->second.content;
    const bool is_part = content.is(Kind::kNumber) && size < place->second.size;
    return is_part ? Content::of(part_of(content.number, 0, size)) : content;
  }
  const auto pair = stack.find(at - 4);
  if (pair == stack.end() || pair->second.size != 8 || !pair->second.content.is(Kind::kNumber)) {
    return unknown_content();
  }
  return Content::of(part_of(pair->second.content.number, 4, size));
}

}  // namespace bpfmap::kernel
