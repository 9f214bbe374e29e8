// SPDX-License-Identifier: Apache-2.0
#include "collect/totals.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace bpfmap::collect {
namespace {

constexpr std::uint32_t kRowsPerBlock = 4096;

}  // namespace

Totals::Totals(const decode::KeepingPlan& plan)
    : plan_(plan),
      words_(plan.shape.row_value_size() / 8),
      growth_(words_),
      folded_(plan),
      rest_(plan) {}

void Totals::begin_walk() {
  ++walk_;
  folded_.begin_walk();
}

void Totals::add(const kernel::RowBlock& wide, TimePoint now) {
  for (std::uint32_t row = 0; row < wide.count(); ++row) {
    const std::string_view key = key_text(wide.key(row), wide.key_size());
    const std::span<const std::uint64_t> words = words_of(wide, row);
    if (const auto known = keys_.find(key)) {
      absorb(*known, words, now);
    } else if (keys_.size() < plan_.max_keys) {
      make_room_for(key, now);
      absorb(keys_.size() - 1, words, now);
    } else {
      fold(wide.key(row), words);
    }
  }
}

void Totals::make_room_for(std::string_view key, TimePoint now) {
  keys_.find_or_add(key);
  totals_.resize(totals_.size() + words_);
  walk_of_.push_back(0);
  changed_.push_back(now);
  if (is_drain()) return;
  last_.resize(last_.size() + words_);
  // What it held while there was no room is in the rest already.
  const std::span<const std::uint64_t> before = folded_.before(key);
  std::copy(before.begin(), before.end(), last_.end() - static_cast<std::ptrdiff_t>(words_));
}

void Totals::absorb(std::size_t number, std::span<const std::uint64_t> now, TimePoint time) {
  walk_of_[number] = walk_;
  std::uint64_t* total = &totals_[number * words_];
  std::span<const std::uint64_t> growth = now;
  if (!is_drain()) {
    const std::span<std::uint64_t> last(&last_[number * words_], words_);
    growth_of(plan_.lanes, now, last, growth_);
    std::copy(now.begin(), now.end(), last.begin());
    growth = growth_;
  }
  bool changed = false;
  for (std::size_t word = 0; word < words_; ++word) {
    decode::add_word(lane_of(plan_.lanes, word), total[word], growth[word]);
    changed = changed || growth[word] != 0;
  }
  if (changed) changed_[number] = time;
}

void Totals::fold(const std::byte* key, std::span<const std::uint64_t> now) {
  ++folded_rows_;
  rest_.add(key, is_drain() ? now : folded_.add(key_text(key, plan_.shape.key_size), now));
}

void Totals::end_walk(TimePoint now) {
  if (!is_drain()) {
    // What is gone will come back from nothing, however large it is by then.
    for (std::size_t number = 0; number < keys_.size(); ++number) {
      if (walk_of_[number] == walk_) continue;
      std::fill_n(&last_[number * words_], words_, 0);
    }
  }
  if (plan_.limits.expire_after != Duration::zero()) expire(now);
}

// Forgets keys that did not change for long. A key that the kernel still holds is not forgotten:
// its whole value would be counted once more in the next walk.
void Totals::expire(TimePoint now) {
  const auto is_over = [&](std::size_t number) {
    const bool in_kernel = !is_drain() && walk_of_[number] == walk_;
    return !in_kernel && now - changed_[number] >= plan_.limits.expire_after;
  };
  std::size_t to = 0;
  while (to < keys_.size() && !is_over(to)) ++to;
  if (to == keys_.size()) return;
  ByteTable kept;
  to = 0;
  for (std::size_t number = 0; number < keys_.size(); ++number) {
    if (is_over(number)) continue;
    kept.find_or_add(keys_.bytes(number));
    std::copy_n(&totals_[number * words_], words_, &totals_[to * words_]);
    if (!is_drain()) std::copy_n(&last_[number * words_], words_, &last_[to * words_]);
    walk_of_[to] = walk_of_[number];
    changed_[to] = changed_[number];
    ++to;
  }
  expired_keys_ += keys_.size() - to;
  keys_ = std::move(kept);
  totals_.resize(to * words_);
  if (!is_drain()) last_.resize(to * words_);
  walk_of_.resize(to);
  changed_.resize(to);
}

std::vector<kernel::RowBlock> Totals::rows() const {
  std::vector<kernel::RowBlock> blocks;
  for (std::size_t first = 0; first < keys_.size(); first += kRowsPerBlock) {
    const auto count =
        static_cast<std::uint32_t>(std::min<std::size_t>(kRowsPerBlock, keys_.size() - first));
    kernel::RowBlock& block = blocks.emplace_back(plan_.shape, count);
    auto* key = reinterpret_cast<char*>(block.keys());
    for (std::uint32_t row = 0; row < count; ++row) {
      keys_.bytes(first + row)
          .copy(key + std::size_t{row} * plan_.shape.key_size, plan_.shape.key_size);
    }
    std::memcpy(block.values(), &totals_[first * words_], count * words_ * sizeof(std::uint64_t));
    block.set_count(count);
  }
  if (!rest_.empty()) blocks.push_back(rest_.block());
  return blocks;
}

}  // namespace bpfmap::collect
