// SPDX-License-Identifier: Apache-2.0
#include "decode/render/key_coverage.h"

namespace bpfmap::decode {
namespace {

struct BitRange {
  std::uint64_t first;
  std::uint64_t end;
};

BitRange bits_of(const kernel::Field& field) {
  const std::uint64_t first = std::uint64_t{field.offset} * 8 + field.bit_offset;
  const std::uint64_t bits =
      field.bit_size != 0 ? field.bit_size : std::uint64_t{field.type->size} * 8;
  return {first, first + bits};
}

// Calls visit(byte offset, bit mask) for every byte that the field touches.
template <typename Visit>
void for_each_byte(const kernel::Field& field, std::size_t size, Visit visit) {
  const auto [first, end] = bits_of(field);
  for (std::uint64_t at = first / 8; at < size && at * 8 < end; ++at) {
    unsigned mask = 0xff;
    if (at * 8 < first) mask &= 0xffU << first % 8;
    if (end < at * 8 + 8) mask &= 0xffU >> (8 - end % 8);
    visit(at, static_cast<std::byte>(mask));
  }
}

}  // namespace

bool share_bits(const kernel::Field& a, const kernel::Field& b) {
  return bits_of(a).first < bits_of(b).end && bits_of(b).first < bits_of(a).end;
}

bool have_same_bits(const kernel::Field& a, const kernel::Field& b) {
  return bits_of(a).first == bits_of(b).first && bits_of(a).end == bits_of(b).end;
}

KeyCoverage::KeyCoverage(std::uint32_t key_size, const kernel::TypePtr& key)
    : uncovered_(key_size, key == nullptr ? std::byte{0xff} : std::byte{0}) {
  if (key == nullptr) return;
  for (const kernel::Field& field : kernel::leaf_fields(key, "key")) {
    for_each_byte(field, uncovered_.size(),
                  [&](std::uint64_t at, std::byte mask) { uncovered_[at] |= mask; });
  }
  for (std::uint32_t at = 0; at < key_size; ++at) {
    if (uncovered_[at] != std::byte{0xff}) padding_.push_back({at, ~uncovered_[at]});
  }
}

void KeyCoverage::cover(const kernel::Field& field) {
  for_each_byte(field, uncovered_.size(),
                [&](std::uint64_t at, std::byte mask) { uncovered_[at] &= ~mask; });
}

bool KeyCoverage::leaves_data() const {
  for (const std::byte bits : uncovered_) {
    if (bits != std::byte{0}) return true;
  }
  return false;
}

bool KeyCoverage::padding_is_uniform(const kernel::RowBlock& rows, const std::byte*& like) const {
  if (padding_.empty()) return true;
  for (std::uint32_t row = 0; row < rows.count(); ++row) {
    const std::byte* key = rows.key(row);
    if (like == nullptr) like = key;
    for (const PaddingByte& byte : padding_) {
      if (((key[byte.offset] ^ like[byte.offset]) & byte.mask) != std::byte{0}) return false;
    }
  }
  return true;
}

}  // namespace bpfmap::decode
