// SPDX-License-Identifier: Apache-2.0
#include "collect/keep/series_limiter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>
#include <utility>

namespace bpfmap::collect {
namespace {

std::uint64_t digest_of(std::string_view key, std::span<const std::uint64_t> words) {
  const std::string_view values(reinterpret_cast<const char*>(words.data()), words.size_bytes());
  const std::hash<std::string_view> hash;
  // Rows of a series are added up, in whatever order a walk meets them: what belongs together must
  // not come apart in the sum.
  std::uint64_t digest = hash(key) * 0x9e3779b97f4a7c15U ^ hash(values);
  digest ^= digest >> 32;
  return digest * 0xd6e8feb86659fd93U;
}

// Stands before the key of a row that a decoder leaves out, in place of the labels it does not
// have. Labels are valid UTF-8, and never begin so.
constexpr std::string_view kNoLabels = "\xff";

}  // namespace

SeriesLimiter::SeriesLimiter(const decode::KeepingPlan& plan, std::shared_ptr<host::Host> host)
    : plan_(plan), names_(std::move(host)), growth_(plan), rest_(plan) {}

// What is known of a series that a walk meets for the first time.
SeriesLimiter::Series SeriesLimiter::remembered(std::string_view labels, const std::byte* key,
                                                decode::DecodeState& state, TimePoint now) {
  Series series;
  if (const auto known = before_.labels.find(labels)) {
    const Series& before = before_.series[*known];
    series.place = before.place;
    series.was_folded = before.is_folded();
    series.was_expired = before.expired;
    series.last_digest = before.digest;
    series.changed = before.changed;
    return series;
  }
  series.changed = now;
  if (labels.starts_with(kNoLabels)) series.place = Place::kDropped;
  for (const decode::LabelFilter& filter : plan_.limits.filters) {
    if (!filter.passes(key, state)) series.place = Place::kDropped;
  }
  if (series.place == Place::kDropped) ++newly_.by_filter;
  if (series.place == Place::kUndecided && was_folded(key)) series.place = Place::kRest;
  return series;
}

// What grows: entries as the map holds them, whatever their labels are at the moment; totals by all
// of their key, as each has labels of its own.
std::string_view SeriesLimiter::entry_of(const std::byte* key) const {
  const bool are_entries = plan_.mode == config::MapMode::kRead;
  return key_text(key, are_entries ? plan_.entry_bytes() : plan_.shape.key_size);
}

// Whether the entry was folded under other labels, made of its value: its counts are in the rest,
// and would be counted once more under the labels that it has now.
bool SeriesLimiter::was_folded(const std::byte* key) const {
  return plan_.value_label_bytes > 0 && plan_.limits.max_series != 0 &&
         folded_before_.find(entry_of(key)).has_value();
}

std::vector<std::uint32_t> SeriesLimiter::number_rows(const std::vector<kernel::RowBlock>& wide,
                                                      TimePoint now) {
  names_.begin_rendering();
  decode::DecodeState state(names_);
  const decode::SeriesLimits& limits = plan_.limits;
  std::vector<char> labels(limits.labels.max_bytes());
  std::string left_out;
  std::vector<std::uint32_t> numbers;
  for (const kernel::RowBlock& block : wide) {
    for (std::uint32_t row = 0; !block.is_rest() && row < block.count(); ++row) {
      const char* end = limits.labels.write(block.key(row), 0, labels.data(), state);
      std::string_view text;
      if (end != nullptr) {
        text = {labels.data(), static_cast<std::size_t>(end - labels.data())};
      } else {
        left_out = kNoLabels;
        text = left_out += key_text(block.key(row), block.key_size());
      }
      const std::size_t number = now_.labels.find_or_add(text);
      if (number == now_.series.size()) {
        now_.series.push_back(remembered(text, block.key(row), state, now));
      }
      Series& series = now_.series[number];
      const std::span<const std::uint64_t> words = words_of(block, row);
      series.digest += digest_of(key_text(block.key(row), block.key_size()), words);
      for (std::size_t cpu = 0; cpu < words.size(); cpu += plan_.words()) {
        for (const std::uint32_t word : limits.top_words) {
          const decode::Lane& lane = plan_.lanes[word];
          if (lane.half == decode::Lane::Half::kUpper) continue;  // the lower one brings it along
          series.size += decode::as_double(lane, &words[cpu + word]);
        }
      }
      numbers.push_back(static_cast<std::uint32_t>(number));
    }
  }
  names_.end_rendering();
  return numbers;
}

// A series that expires gives up a place of its own, but stays folded: its counts are in the rest.
void SeriesLimiter::expire(TimePoint now) {
  const Duration after = plan_.limits.expire_after;
  for (Series& series : now_.series) {
    if (series.digest != series.last_digest) series.changed = now;
    series.expired = series.place != Place::kDropped && after != Duration::zero() &&
                     now - series.changed >= after;
    if (series.expired && series.place == Place::kOwn) series.place = Place::kUndecided;
  }
}

void SeriesLimiter::count() {
  for (const Series& series : now_.series) {
    if (series.place == Place::kDropped) ++left_out_.by_filter;
    if (series.expired) ++left_out_.expired;
    if (series.expired && !series.was_expired) ++newly_.expired;
    if (series.is_folded()) ++left_out_.folded;
    if (series.is_folded() && !series.was_folded) ++newly_.folded;
  }
}

// A series that has a place keeps it; new ones get what is left, in the order of the walk. One that
// was folded once stays so: its counts are in the rest, and would be counted once more.
void SeriesLimiter::place_first() {
  const std::uint64_t most = plan_.limits.max_series;
  std::uint64_t own = static_cast<std::uint64_t>(
      std::count_if(now_.series.begin(), now_.series.end(),
                    [](const Series& series) { return series.place == Place::kOwn; }));
  for (Series& series : now_.series) {
    if (series.place != Place::kUndecided || series.expired) continue;
    const bool has_room = most == 0 || own < most;
    series.place = has_room ? Place::kOwn : Place::kRest;
    if (has_room) ++own;
  }
}

void SeriesLimiter::place_largest() {
  std::vector<std::uint32_t> order;
  for (std::uint32_t number = 0; number < now_.series.size(); ++number) {
    Series& series = now_.series[number];
    if (series.place == Place::kDropped || series.expired) continue;
    if (std::isnan(series.size)) series.size = 0;  // it would not be in any order
    order.push_back(number);
  }
  const auto most =
      static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(plan_.limits.top, order.size()));
  // Of equals, those that have a place keep it.
  const auto is_larger = [&](std::uint32_t a, std::uint32_t b) {
    const Series& one = now_.series[a];
    const Series& other = now_.series[b];
    if (one.size != other.size) return one.size > other.size;
    const bool one_has = one.place == Place::kOwn;
    return one_has != (other.place == Place::kOwn) ? one_has : a < b;
  };
  std::nth_element(order.begin(), order.begin() + most, order.end(), is_larger);
  for (std::ptrdiff_t i = 0; i < std::ssize(order); ++i) {
    now_.series[order[static_cast<std::size_t>(i)]].place = i < most ? Place::kOwn : Place::kRest;
  }
}

// The rows that stay; what the folded ones grew by goes to the rest.
kernel::RowBlock SeriesLimiter::keep_rows(const kernel::RowBlock& wide,
                                          const std::uint32_t* numbers) {
  kernel::RowBlock kept(plan_.shape, std::max(1U, wide.count()));
  const bool all_may_be_folded = plan_.limits.top != 0;
  std::uint32_t count = 0;
  for (std::uint32_t row = 0; row < wide.count(); ++row, ++row_) {
    const Series& series = now_.series[numbers[row]];
    if (series.place == Place::kDropped) continue;
    const std::string_view key = key_text(wide.key(row), wide.key_size());
    const std::string_view entry = entry_of(wide.key(row));
    const bool stays_folded = was_folded(wide.key(row));
    const bool is_folded = series.place == Place::kRest || stays_folded;
    // An expired series may find no room when it comes back.
    if (all_may_be_folded || is_folded || (series.expired && plan_.limits.max_series != 0)) {
      const auto growth = growth_.add(entry, words_of(wide, row));
      if (is_folded && !series.expired) rest_.add(wide.key(row), growth);
      if (is_folded && plan_.value_label_bytes > 0) folded_now_.find_or_add(entry);
    }
    if (series.expired) {
      expired_rows_.push_back({row_, numbers[row]});
      if (plan_.limits.delete_expired) expired_keys_.emplace_back(key);
    }
    if (!series.is_own() || stays_folded) continue;
    std::memcpy(kept.keys() + std::size_t{count} * kept.key_size(), wide.key(row), kept.key_size());
    std::memcpy(kept.values() + std::size_t{count} * kept.row_value_size(), wide.value(row),
                kept.row_value_size());
    ++count;
  }
  kept.set_count(count);
  return kept;
}

std::vector<kernel::RowBlock> SeriesLimiter::choose(std::vector<kernel::RowBlock> wide,
                                                    TimePoint now) {
  before_ = std::exchange(now_, {});
  growth_.begin_walk();
  folded_before_ = std::exchange(folded_now_, {});
  rest_.forget_gauges();
  expired_rows_.clear();
  expired_keys_.clear();
  left_out_ = newly_ = {};
  row_ = 0;
  const std::vector<std::uint32_t> numbers = number_rows(wide, now);
  expire(now);
  if (plan_.limits.top != 0) {
    place_largest();
  } else {
    place_first();
  }
  count();

  std::vector<kernel::RowBlock> chosen;
  std::size_t at = 0;
  for (kernel::RowBlock& block : wide) {
    if (block.is_rest()) {  // of totals: it stays what it is
      chosen.push_back(std::move(block));
      continue;
    }
    kernel::RowBlock kept = keep_rows(block, numbers.data() + at);
    at += block.count();
    block = {};
    if (kept.count() > 0) chosen.push_back(std::move(kept));
  }
  if (!rest_.empty()) chosen.push_back(rest_.block());
  return chosen;
}

}  // namespace bpfmap::collect
