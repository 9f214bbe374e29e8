// SPDX-License-Identifier: Apache-2.0
#include "decode/event_plan.h"

#include <bit>
#include <cstring>

namespace bpfmap::decode {
namespace {

std::uint64_t load(const std::byte* at) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, at, sizeof(bits));
  return bits;
}

void store(std::byte* at, std::uint64_t bits) { std::memcpy(at, &bits, sizeof(bits)); }

// Of two numbers of one kind. Integers wrap at 64 bits, signed ones as unsigned ones do.
std::uint64_t sum_of(std::uint64_t before, Number number) {
  if (number.kind != Number::Kind::kFloat) return before + number.bits;
  return std::bit_cast<std::uint64_t>(std::bit_cast<double>(before) + number.as_double());
}

bool is_below(Number a, Number b) {
  switch (a.kind) {
    case Number::Kind::kUnsigned: return a.bits < b.bits;
    case Number::Kind::kSigned: return a.as_signed() < b.as_signed();
    case Number::Kind::kFloat: break;
  }
  return a.as_double() < b.as_double();
}

bool is_negative(Number number) {
  return is_below(number, {number.kind, 0});  // zero bits are zero in every kind
}

void apply(const EventPlan::Accumulator& to, const std::byte* event, std::byte* value,
           bool is_first) {
  using Effect = EventPlan::Effect;
  std::byte* const at = value + to.offset;
  if (to.effect == Effect::kCount) {
    store(at, load(at) + 1);
    return;
  }
  const Number number = to.source->read(event);
  const Number before{number.kind, load(at)};
  switch (to.effect) {
    case Effect::kCount: break;
    case Effect::kAdd:
      if (!to.only_grows || !is_negative(number)) store(at, sum_of(before.bits, number));
      break;
    case Effect::kSet: store(at, number.bits); break;
    case Effect::kLargest:
      if (is_first || is_below(before, number)) store(at, number.bits);
      break;
    case Effect::kSmallest:
      if (is_first || is_below(number, before)) store(at, number.bits);
      break;
  }
}

}  // namespace

void EventPlan::write_key(const std::byte* event, std::byte* key) const {
  for (std::size_t i = 0; i < parts_.key_mask.size(); ++i) key[i] = event[i] & parts_.key_mask[i];
  for (const TextBytes& text : parts_.texts) {
    std::byte* const bytes = key + text.offset;
    const std::size_t length = strnlen(reinterpret_cast<const char*>(bytes), text.size);
    std::memset(bytes + length, 0, text.size - length);
  }
}

void EventPlan::add(const std::byte* event, std::byte* value, bool is_first) const {
  for (const Accumulator& accumulator : parts_.accumulators) {
    apply(accumulator, event, value, is_first);
  }
  for (const Observation& observation : parts_.observations) {
    const Number number = observation.source.read(event);
    std::byte* const count = value + observation.counts_offset +
                             observation.buckets.index_of(number) * sizeof(std::uint64_t);
    store(count, load(count) + 1);
    std::byte* const sum = value + observation.sum_offset;
    store(sum, sum_of(load(sum), number));
  }
}

}  // namespace bpfmap::decode
