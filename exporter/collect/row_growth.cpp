// SPDX-License-Identifier: Apache-2.0
#include "collect/row_growth.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace bpfmap::collect {
namespace {

using decode::Lane;

bool is_gauge(const Lane& lane) {
  return lane.kind != Lane::Kind::kCount && lane.kind != Lane::Kind::kSum;
}

std::uint64_t combined(const Lane& lane, const std::byte* value, const kernel::RowBlock& rows) {
  std::uint64_t word = lane.from.read_bits(value);
  for (std::uint32_t cpu = 1; cpu < rows.cpus(); ++cpu) {
    combine_word(lane, word, lane.from.read_bits(value + std::size_t{cpu} * rows.cpu_stride()));
  }
  return word;
}

}  // namespace

void combine_word(const Lane& lane, std::uint64_t& to, std::uint64_t amount) {
  switch (lane.kind) {
    case Lane::Kind::kCount:
    case Lane::Kind::kSum:
    case Lane::Kind::kGaugeSum: decode::add_word(lane, to, amount); break;
    case Lane::Kind::kGaugeMax:
      if (decode::is_less(lane, to, amount)) to = amount;
      break;
    case Lane::Kind::kGaugeMin:
      if (decode::is_less(lane, amount, to)) to = amount;
      break;
    case Lane::Kind::kEarliest:
      if (to == 0 || (amount != 0 && decode::is_less(lane, amount, to))) to = amount;
      break;
  }
}

void growth_of(std::span<const Lane> lanes, std::span<const std::uint64_t> now,
               std::span<const std::uint64_t> before, std::span<std::uint64_t> growth) {
  bool anew = false;
  for (std::size_t word = 0; word < now.size(); ++word) {
    const Lane& lane = lane_of(lanes, word);
    if (is_gauge(lane)) {
      growth[word] = now[word];
      continue;
    }
    anew =
        anew || (lane.kind == Lane::Kind::kCount && decode::is_less(lane, now[word], before[word]));
    growth[word] = decode::difference(lane, now[word], before[word]);
  }
  if (anew) std::copy(now.begin(), now.end(), growth.begin());
}

void RowGrowth::begin_walk() {
  before_ = std::move(now_);
  now_ = {};
}

// In this order, so that nothing is half there where memory runs out.
void RowGrowth::Rows::add(std::string_view key, std::span<const std::uint64_t> row) {
  words.resize((keys.size() + 1) * row.size());
  std::copy(row.begin(), row.end(), words.end() - std::ssize(row));
  keys.find_or_add(key);
}

void RowGrowth::abandon_walk() {
  for (std::size_t number = 0; number < before_.keys.size(); ++number) {
    const std::string_view key = before_.keys.bytes(number);
    if (!now_.keys.find(key)) now_.add(key, before(key));
  }
}

std::span<const std::uint64_t> RowGrowth::before(std::string_view key) const {
  const auto number = before_.keys.find(key);
  if (!number) return {};
  return std::span(before_.words).subspan(*number * growth_.size(), growth_.size());
}

std::span<const std::uint64_t> RowGrowth::add(std::string_view key,
                                              std::span<const std::uint64_t> now) {
  now_.add(key, now);
  const std::span<const std::uint64_t> last = before(key);
  if (last.empty()) {
    std::copy(now.begin(), now.end(), growth_.begin());
  } else {
    growth_of(plan_.lanes, now, last, growth_);
  }
  return growth_;
}

RestRows::RestRows(const decode::KeepingPlan& plan)
    : plan_(plan), words_(plan.shape.row_value_size() / 8) {}

void RestRows::add(const std::byte* key, std::span<const std::uint64_t> words) {
  std::string blank(plan_.shape.key_size, '\0');
  const decode::SeriesLimits& limits = plan_.limits;
  std::memcpy(blank.data() + limits.slot_offset, key + limits.slot_offset, limits.slot_size);
  // Room first, so that nothing is half there where memory runs out.
  totals_.resize((slots_.size() + 1) * words_);
  fresh_.resize(slots_.size() + 1, true);
  const std::size_t number = slots_.find_or_add(blank);
  std::uint64_t* to = &totals_[number * words_];
  for (std::size_t word = 0; word < words_; ++word) {
    const Lane& lane = lane_of(plan_.lanes, word);
    if (is_gauge(lane) && fresh_[number]) {
      to[word] = words[word];
    } else {
      combine_word(lane, to[word], words[word]);
    }
  }
  fresh_[number] = false;
}

void RestRows::forget_gauges() {
  for (std::size_t word = 0; word < totals_.size(); ++word) {
    if (is_gauge(lane_of(plan_.lanes, word % words_))) totals_[word] = 0;
  }
  fresh_.assign(fresh_.size(), true);
}

kernel::RowBlock RestRows::block() const {
  const auto rows = static_cast<std::uint32_t>(slots_.size());
  kernel::RowBlock block(plan_.shape, std::max(1U, rows));
  for (std::uint32_t row = 0; row < rows; ++row) {
    slots_.bytes(row).copy(
        reinterpret_cast<char*>(block.keys()) + std::size_t{row} * plan_.shape.key_size,
        plan_.shape.key_size);
  }
  std::memcpy(block.values(), totals_.data(), rows * words_ * sizeof(std::uint64_t));
  block.set_count(rows);
  block.set_rest();
  return block;
}

kernel::RowBlock wide_rows(const decode::KeepingPlan& plan, const kernel::RowBlock& rows) {
  kernel::RowBlock wide(plan.shape, std::max(1U, rows.count()));
  if (rows.count() == 0) return wide;
  std::memcpy(wide.keys(), rows.key(0), std::size_t{rows.count()} * rows.key_size());
  auto* to = reinterpret_cast<std::uint64_t*>(wide.values());
  for (std::uint32_t row = 0; row < rows.count(); ++row) {
    const std::byte* value = rows.value(row);
    if (!plan.cpus_apart()) {
      for (const Lane& lane : plan.lanes) *to++ = combined(lane, value, rows);
      continue;
    }
    for (std::uint32_t cpu = 0; cpu < rows.cpus(); ++cpu) {
      const std::byte* of_cpu = value + std::size_t{cpu} * rows.cpu_stride();
      for (const Lane& lane : plan.lanes) *to++ = lane.from.read_bits(of_cpu);
    }
  }
  wide.set_count(rows.count());
  if (rows.is_rest()) wide.set_rest();
  return wide;
}

}  // namespace bpfmap::collect
