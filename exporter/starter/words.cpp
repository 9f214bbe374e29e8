// SPDX-License-Identifier: Apache-2.0
#include "starter/words.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace bpfmap::starter {
namespace {

struct UnitWord {
  std::string_view word;
  std::string_view yaml;
  std::string_view suffix;
};

constexpr auto kUnits = std::to_array<UnitWord>({
    {"ns", "1ns", "seconds"},
    {"nsec", "1ns", "seconds"},
    {"nsecs", "1ns", "seconds"},
    {"nanos", "1ns", "seconds"},
    {"nanoseconds", "1ns", "seconds"},
    {"us", "1us", "seconds"},
    {"usec", "1us", "seconds"},
    {"usecs", "1us", "seconds"},
    {"micros", "1us", "seconds"},
    {"microseconds", "1us", "seconds"},
    {"ms", "1ms", "seconds"},
    {"msec", "1ms", "seconds"},
    {"msecs", "1ms", "seconds"},
    {"millis", "1ms", "seconds"},
    {"milliseconds", "1ms", "seconds"},
    {"sec", "1s", "seconds"},
    {"secs", "1s", "seconds"},
    {"seconds", "1s", "seconds"},
    {"bytes", "1B", "bytes"},
    {"byte", "1B", "bytes"},
    {"kb", "1KiB", "bytes"},
    {"kib", "1KiB", "bytes"},
    {"kbytes", "1KiB", "bytes"},
});

constexpr auto kTimeWords = std::to_array<std::string_view>(
    {"latency", "latencies", "lat", "duration", "durations", "delay", "delays", "elapsed", "delta",
     "wait", "waited", "rtt", "qlat"});

// At the end of a name, and some at its start, they say what kind of a thing it is.
constexpr auto kKindsAtTheEnd = std::to_array<std::string_view>(
    {"map", "counter", "counters", "count", "counts", "hist", "hists", "histogram", "histograms",
     "slots", "buckets", "gauge", "total", "sum"});
constexpr auto kKindsAtTheStart = std::to_array<std::string_view>({"hist", "total", "sum"});

bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }
bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

const UnitWord* find_unit(std::string_view word) {
  const auto* const found = std::find_if(kUnits.begin(), kUnits.end(),
                                         [&](const UnitWord& unit) { return unit.word == word; });
  return found == kUnits.end() ? nullptr : found;
}

}  // namespace

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  char before = '_';
  const auto finish = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (const char c : name) {
    if (!is_alnum(c) || (is_lower(before) && is_upper(c))) finish();
    if (is_alnum(c)) word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    before = c;
  }
  finish();
  return words;
}

std::string first_of(const std::vector<std::string>& words,
                     std::span<const std::string_view> wanted) {
  for (const std::string& word : words) {
    if (std::find(wanted.begin(), wanted.end(), word) != wanted.end()) return word;
  }
  return {};
}

std::optional<Unit> unit_of(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (const UnitWord* unit = find_unit(word)) {
      return Unit{std::string(unit->yaml), std::string(unit->suffix)};
    }
  }
  return std::nullopt;
}

bool means_time(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word.ends_with("lat") ||
           std::find(kTimeWords.begin(), kTimeWords.end(), word) != kTimeWords.end();
  });
}

std::vector<std::string> telling_words(const std::vector<std::string>& words) {
  std::vector<std::string> telling = words;
  std::erase_if(telling, [](const std::string& word) { return find_unit(word) != nullptr; });
  const auto is_in = [](const std::string& word, std::span<const std::string_view> kinds) {
    return std::find(kinds.begin(), kinds.end(), word) != kinds.end();
  };
  while (!telling.empty() && is_in(telling.back(), kKindsAtTheEnd)) telling.pop_back();
  while (!telling.empty() && is_in(telling.front(), kKindsAtTheStart)) {
    telling.erase(telling.begin());
  }
  return telling;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(separator)) + word;
  return text;
}

}  // namespace bpfmap::starter
