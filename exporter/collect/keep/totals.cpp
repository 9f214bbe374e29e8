// SPDX-License-Identifier: Apache-2.0
#include "collect/keep/totals.h"

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
      entries_(plan),
      rest_(plan) {}

void Totals::begin_walk() {
  if (walking_) entries_.abandon_walk();
  walking_ = true;
  ++walk_;
  entries_.begin_walk();
  folded_keys_ = newly_folded_keys_ = 0;
}

void Totals::add(const kernel::RowBlock& wide) {
  for (std::uint32_t row = 0; row < wide.count(); ++row) {
    const std::string_view key = key_text(wide.key(row), wide.key_size());
    std::span<const std::uint64_t> words = words_of(wide, row);
    if (plan_.value_label_bytes > 0 && !is_drain()) words = growth_of_entry(key, words);
    if (const auto known = keys_.find(key)) {
      absorb(*known, words);
    } else if (keys_.size() < plan_.max_keys) {
      make_room_for(key);
      absorb(keys_.size() - 1, words);
    } else {
      fold(wide.key(row), words);
    }
  }
}

std::span<const std::uint64_t> Totals::growth_of_entry(std::string_view key,
                                                       std::span<const std::uint64_t> now) {
  return entries_.add(key.substr(0, plan_.entry_bytes()), now);
}

// The key last, so that nothing is half there where memory runs out.
void Totals::make_room_for(std::string_view key) {
  const std::size_t number = keys_.size();
  totals_.resize((number + 1) * words_);
  walk_of_.resize(number + 1);
  if (!adds_rows()) {
    last_.resize((number + 1) * words_);
    // What it held while there was no room is in the rest already.
    const std::span<const std::uint64_t> before = entries_.before(key);
    std::copy(before.begin(), before.end(), &last_[number * words_]);
  }
  keys_.find_or_add(key);
}

void Totals::absorb(std::size_t number, std::span<const std::uint64_t> now) {
  walk_of_[number] = walk_;
  std::uint64_t* total = &totals_[number * words_];
  std::span<const std::uint64_t> growth = now;
  if (is_drain()) {
    growth_of_new(plan_.lanes, now, growth_);
    growth = growth_;
  } else if (!adds_rows()) {
    const std::span<std::uint64_t> last(&last_[number * words_], words_);
    growth_of(plan_.lanes, now, last, growth_);
    std::copy(now.begin(), now.end(), last.begin());
    growth = growth_;
  }
  for (std::size_t word = 0; word < words_; word += lane_of(plan_.lanes, word).words()) {
    decode::add_number(lane_of(plan_.lanes, word), &total[word], &growth[word]);
  }
}

void Totals::fold(const std::byte* key, std::span<const std::uint64_t> now) {
  const std::string_view text = key_text(key, plan_.shape.key_size);
  ++folded_keys_;
  if (adds_rows()) {
    const std::string_view entry = text.substr(0, plan_.entry_bytes());
    if (is_drain() || entries_.before(entry).empty()) ++newly_folded_keys_;
    if (is_drain()) growth_of_new(plan_.lanes, now, growth_);
    rest_.add(key, is_drain() ? std::span<const std::uint64_t>(growth_) : now);
    return;
  }
  if (entries_.before(text).empty()) ++newly_folded_keys_;
  rest_.add(key, entries_.add(text, now));
}

void Totals::end_walk() {
  walking_ = false;
  if (adds_rows()) return;
  // What is gone will come back from nothing, however large it is by then.
  for (std::size_t number = 0; number < keys_.size(); ++number) {
    if (walk_of_[number] == walk_) continue;
    std::fill_n(&last_[number * words_], words_, 0);
  }
}

void Totals::map_was_replaced() {
  std::fill(last_.begin(), last_.end(), 0);
  entries_.forget();
}

void Totals::forget(const std::vector<ExpiredRow>& expired) {
  std::vector<bool> in_map;  // by series
  for (const ExpiredRow& one : expired) {
    if (one.series >= in_map.size()) in_map.resize(one.series + std::size_t{1});
    if (is_in_map(one.row)) in_map[one.series] = true;
  }
  std::vector<bool> kept(keys_.size(), true);
  bool all = true;
  for (const ExpiredRow& one : expired) {
    kept[one.row] = in_map[one.series];
    all = all && kept[one.row];
  }
  if (!all) keep_only(kept);
}

void Totals::keep_only(const std::vector<bool>& kept) {
  ByteTable keys;
  for (std::size_t number = 0; number < keys_.size(); ++number) {
    if (kept[number]) keys.find_or_add(keys_.bytes(number));
  }
  std::size_t to = 0;  // never above `number`
  for (std::size_t number = 0; number < keys_.size(); ++number) {
    if (!kept[number]) continue;
    std::copy_n(&totals_[number * words_], words_, &totals_[to * words_]);
    if (!adds_rows()) std::copy_n(&last_[number * words_], words_, &last_[to * words_]);
    walk_of_[to] = walk_of_[number];
    ++to;
  }
  keys_ = std::move(keys);
  totals_.resize(to * words_);
  if (!adds_rows()) last_.resize(to * words_);
  walk_of_.resize(to);
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
