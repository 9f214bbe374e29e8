// SPDX-License-Identifier: Apache-2.0
#include "decode/series_table.h"

#include <algorithm>
#include <functional>

namespace bpfmap::decode {
namespace {

std::uint32_t hash_of(std::string_view labels) {
  const std::uint64_t hash = std::hash<std::string_view>{}(labels);
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

}  // namespace

std::size_t SeriesTable::find_or_add(std::string_view labels) {
  const std::uint32_t hash = hash_of(labels);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at].number != 0; at = (at + 1) & mask) {
    const std::size_t series = slots_[at].number - 1;
    if (slots_[at].hash == hash && labels_[series] == labels) return series;
  }
  // At least half of the slots stay free, so that the way to one is short.
  if ((labels_.size() + 1) * 2 > slots_.size()) grow();
  labels_.push_back(keep(labels));
  free_slot(hash) = {hash, static_cast<std::uint32_t>(labels_.size())};
  return labels_.size() - 1;
}

SeriesTable::Slot& SeriesTable::free_slot(std::uint32_t hash) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].number != 0) at = (at + 1) & mask;
  return slots_[at];
}

void SeriesTable::grow() {
  std::vector<Slot> before(slots_.size() * 2);
  before.swap(slots_);
  for (const Slot& slot : before) {
    if (slot.number != 0) free_slot(slot.hash) = slot;
  }
}

std::string_view SeriesTable::keep(std::string_view labels) {
  if (arenas_.empty() || used_ + labels.size() > kArenaBytes) {
    const std::size_t bytes = std::max(kArenaBytes, labels.size());
    arenas_.push_back(std::make_unique_for_overwrite<char[]>(bytes));
    used_ = 0;
  }
  char* to = arenas_.back().get() + used_;
  labels.copy(to, labels.size());
  used_ += labels.size();
  return {to, labels.size()};
}

}  // namespace bpfmap::decode
