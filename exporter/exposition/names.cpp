// SPDX-License-Identifier: Apache-2.0
#include "exposition/names.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace bpfmap::exposition {
namespace {

using Notes = std::vector<std::string>;
using namespace std::string_view_literals;

// Not <cctype>, which asks the locale.
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_of(std::string_view name, bool with_colon) {
  const auto allowed = [with_colon](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '_' || (with_colon && c == ':');
  };
  return !name.empty() && !is_digit(name.front()) && std::all_of(name.begin(), name.end(), allowed);
}

constexpr auto kUnits = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"amperes", "amperes"},    {"bytes", "bytes"},     {"celsius", "celsius"},
    {"grams", "grams"},        {"joules", "joules"},   {"kelvin", "kelvin"},
    {"meters", "meters"},      {"metres", "metres"},   {"seconds", "seconds"},
    {"volts", "volts"},        {"minutes", "seconds"}, {"hours", "seconds"},
    {"days", "seconds"},       {"weeks", "seconds"},   {"kelvins", "kelvin"},
    {"fahrenheit", "celsius"}, {"rankine", "celsius"}, {"inches", "meters"},
    {"yards", "meters"},       {"miles", "meters"},    {"bits", "bytes"},
    {"calories", "joules"},    {"pounds", "grams"},    {"ounces", "grams"},
});

constexpr auto kUnitPrefixes = std::to_array<std::string_view>(
    {"",     "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo",
     "kibi", "mega", "mebi", "mibi",  "giga",  "gibi",  "tera", "tebi", "peta",  "pebi"});

constexpr auto kUnitAbbreviations = std::to_array<std::string_view>(
    {"s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"});

constexpr auto kTypeWords =
    std::to_array<std::string_view>({"counter", "gauge", "histogram", "summary"});

// The base unit that a word of a name should be, empty if the word is no unit or is a
// base unit itself.
std::string_view better_unit(std::string_view word) {
  for (const auto& [unit, base] : kUnits) {
    if (!word.ends_with(unit)) continue;
    const std::string_view prefix = word.substr(0, word.size() - unit.size());
    if (std::find(kUnitPrefixes.begin(), kUnitPrefixes.end(), prefix) == kUnitPrefixes.end())
      continue;
    return word == base ? std::string_view{} : base;
  }
  return {};
}

std::vector<std::string_view> words_of(std::string_view name) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t end = std::min(name.find('_'), name.size());
    words.push_back(name.substr(0, end));
    if (end == name.size()) return words;
    name.remove_prefix(end + 1);
  }
}

std::string in_lower_case(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string quoted(std::string_view word) { return std::string("\"").append(word).append("\""); }

bool contains(const auto& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void note_suffixes(Notes& notes, std::string_view name, MetricType type) {
  if (type == MetricType::kUntyped) return;
  const bool counter = type == MetricType::kCounter;
  const bool histogram = type == MetricType::kHistogram;
  const bool summary = type == MetricType::kSummary;
  if (counter && !name.ends_with("_total")) {
    notes.emplace_back("the name of a counter should end in \"_total\"");
  }
  if (!counter && name.ends_with("_total")) {
    notes.emplace_back("only the name of a counter should end in \"_total\"");
  }
  if (!histogram && name.ends_with("_bucket")) {
    notes.emplace_back("the suffix \"_bucket\" belongs to histograms");
  }
  for (const std::string_view suffix : {"_count"sv, "_sum"sv}) {
    if (histogram || summary || !name.ends_with(suffix)) continue;
    notes.push_back("the suffix " + quoted(suffix) + " belongs to histograms and summaries");
  }
}

void note_units(Notes& notes, std::string_view name) {
  for (const std::string_view word : words_of(name)) {
    const std::string_view base = better_unit(word);
    if (base.empty()) continue;
    notes.push_back("use the base unit " + quoted(base) + " instead of " + quoted(word));
  }
}

// Words of the name behind the first one: "s_total" does not begin with an abbreviated second.
void note_words(Notes& notes, std::string_view name) {
  const std::string lower = in_lower_case(name);
  const std::vector<std::string_view> words = words_of(lower);
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (contains(kTypeWords, words[i])) {
      notes.push_back("the name should not say its type " + quoted(words[i]));
    }
    if (contains(kUnitAbbreviations, words[i])) {
      notes.push_back("spell out the unit " + quoted(words[i]) +
                      ", as a base unit such as seconds or bytes");
    }
  }
}

void note_spelling(Notes& notes, std::string_view name) {
  if (name.find(':') != std::string_view::npos) {
    notes.emplace_back("colons in names are for recording rules");
  }
  const auto hump = [](char left, char right) { return is_lower(left) && is_upper(right); };
  if (std::adjacent_find(name.begin(), name.end(), hump) != name.end()) {
    notes.emplace_back("the name should be in snake_case, not camelCase");
  }
}

}  // namespace

bool is_valid_metric_name(std::string_view name) { return is_name_of(name, true); }

bool is_valid_label_name(std::string_view name) { return is_name_of(name, false); }

bool is_reserved_label_name(std::string_view name) { return name.starts_with("__"); }

std::vector<std::string> convention_notes(std::string_view name, MetricType type) {
  Notes notes;
  note_suffixes(notes, name, type);
  note_units(notes, name);
  note_words(notes, name);
  note_spelling(notes, name);
  return notes;
}

}  // namespace bpfmap::exposition
