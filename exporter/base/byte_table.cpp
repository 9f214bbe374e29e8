// SPDX-License-Identifier: Apache-2.0
#include "base/byte_table.h"

#include <algorithm>
#include <functional>

namespace bpfmap {
namespace {

std::uint32_t hash_of(std::string_view bytes) {
  const std::uint64_t hash = std::hash<std::string_view>{}(bytes);
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

}  // namespace

std::optional<std::size_t> ByteTable::find(std::string_view bytes, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at].number != 0; at = (at + 1) & mask) {
    const std::size_t number = slots_[at].number - 1;
    if (slots_[at].hash == hash && entries_[number] == bytes) return number;
  }
  return std::nullopt;
}

std::optional<std::size_t> ByteTable::find(std::string_view bytes) const {
  return find(bytes, hash_of(bytes));
}

std::size_t ByteTable::find_or_add(std::string_view bytes) {
  const std::uint32_t hash = hash_of(bytes);
  if (const auto known = find(bytes, hash)) return *known;
  // At least half of the slots stay free, so that the way to one is short.
  if ((entries_.size() + 1) * 2 > slots_.size()) grow();
  entries_.push_back(keep(bytes));
  free_slot(hash) = {hash, static_cast<std::uint32_t>(entries_.size())};
  return entries_.size() - 1;
}

ByteTable::Slot& ByteTable::free_slot(std::uint32_t hash) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].number != 0) at = (at + 1) & mask;
  return slots_[at];
}

void ByteTable::grow() {
  std::vector<Slot> before(slots_.size() * 2);
  before.swap(slots_);
  for (const Slot& slot : before) {
    if (slot.number != 0) free_slot(slot.hash) = slot;
  }
}

std::string_view ByteTable::keep(std::string_view bytes) {
  if (arenas_.empty() || used_ + bytes.size() > kArenaBytes) {
    const std::size_t room = std::max(kArenaBytes, bytes.size());
    arenas_.push_back(std::make_unique_for_overwrite<char[]>(room));
    used_ = 0;
  }
  char* to = arenas_.back().get() + used_;
  bytes.copy(to, bytes.size());
  used_ += bytes.size();
  return {to, bytes.size()};
}

}  // namespace bpfmap
