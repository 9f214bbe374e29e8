// SPDX-License-Identifier: Apache-2.0
#include "collect/keep/row_growth.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace bpfmap::collect {
namespace {

using decode::Lane;

// Writes the number that begins with a lane, of all CPUs of a row or of one of them.
void read_number(const Lane* lane, const std::byte* value, std::uint64_t* to) {
  for (std::uint32_t word = 0; word < lane->words(); ++word) {
    to[word] = lane[word].from.read_bits(value);
  }
}

void read_combined(const Lane* lane, const std::byte* value, const kernel::RowBlock& rows,
                   std::uint64_t* to) {
  read_number(lane, value, to);
  for (std::uint32_t cpu = 1; cpu < rows.cpus(); ++cpu) {
    std::uint64_t of_cpu[2];
    read_number(lane, value + std::size_t{cpu} * rows.cpu_stride(), of_cpu);
    combine_number(*lane, to, of_cpu);
  }
}

}  // namespace

void combine_number(const Lane& lane, std::uint64_t* to, const std::uint64_t* amount) {
  bool replaces = false;
  switch (lane.kind) {
    case Lane::Kind::kCount:
    case Lane::Kind::kRise:
    case Lane::Kind::kSum:
    case Lane::Kind::kGaugeSum: return decode::add_number(lane, to, amount);
    case Lane::Kind::kGaugeMax: replaces = decode::is_less(lane, to, amount); break;
    case Lane::Kind::kGaugeMin: replaces = decode::is_less(lane, amount, to); break;
    case Lane::Kind::kEarliest:
      replaces = *to == 0 || (*amount != 0 && decode::is_less(lane, amount, to));
      break;
  }
  if (replaces) std::copy_n(amount, lane.words(), to);
}

void growth_of(std::span<const Lane> lanes, std::span<const std::uint64_t> now,
               std::span<const std::uint64_t> before, std::span<std::uint64_t> growth) {
  for (std::size_t word = 0; word < now.size(); word += lane_of(lanes, word).words()) {
    const Lane& lane = lane_of(lanes, word);
    if (lane.is_gauge()) {
      std::copy_n(&now[word], lane.words(), &growth[word]);
      continue;
    }
    if (lane.kind == Lane::Kind::kCount && decode::is_less(lane, &now[word], &before[word])) {
      return growth_of_new(lanes, now, growth);
    }
    decode::subtract(lane, &now[word], &before[word], &growth[word]);
  }
}

void growth_of_new(std::span<const Lane> lanes, std::span<const std::uint64_t> now,
                   std::span<std::uint64_t> growth) {
  for (std::size_t word = 0; word < now.size(); word += lane_of(lanes, word).words()) {
    decode::subtract_nothing(lane_of(lanes, word), &now[word], &growth[word]);
  }
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
    growth_of_new(plan_.lanes, now, growth_);
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
  for (std::size_t word = 0; word < words_; word += lane_of(plan_.lanes, word).words()) {
    const Lane& lane = lane_of(plan_.lanes, word);
    if (lane.is_gauge() && fresh_[number]) {
      std::copy_n(&words[word], lane.words(), &to[word]);
    } else {
      combine_number(lane, &to[word], &words[word]);
    }
  }
  fresh_[number] = false;
}

void RestRows::forget_gauges() {
  for (std::size_t word = 0; word < totals_.size(); ++word) {
    if (lane_of(plan_.lanes, word % words_).is_gauge()) totals_[word] = 0;
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
      for (std::size_t word = 0; word < plan.lanes.size(); word += plan.lanes[word].words()) {
        read_combined(&plan.lanes[word], value, rows, to + word);
      }
      to += plan.lanes.size();
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
