// SPDX-License-Identifier: Apache-2.0
#include "starter/metric_namer.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "starter/words.h"

namespace bpfmap::starter {
namespace {

using Words = std::vector<std::string>;

bool ends_with(const Words& words, const Words& ending) {
  return ending.size() <= words.size() &&
         std::equal(ending.rbegin(), ending.rend(), words.rbegin());
}

bool starts_with(const Words& words, const Words& beginning) {
  return beginning.size() <= words.size() &&
         std::equal(beginning.begin(), beginning.end(), words.begin());
}

std::string with_total(const std::string& name, config::MetricKind kind) {
  return kind == config::MetricKind::kCounter ? name + "_total" : name;
}

}  // namespace

MetricNamer::MetricNamer(const std::string& object) : object_(words_of(object)) {}

bool MetricNamer::is_allowed(const std::string& name, config::MetricKind kind) {
  return MetricNamer("").claim(name, kind);
}

bool MetricNamer::claim(const std::string& name, config::MetricKind kind) {
  config::Diagnostics fresh(std::make_shared<config::Source>());
  names_.claim(name, kind, {}, fresh);
  return !fresh.has_errors();
}

std::string MetricNamer::name(const Words& map, const Words& field, const std::string& suffix,
                              config::MetricKind kind) {
  Words words = telling_words(map);
  if (words.empty()) words = map;
  if (!starts_with(words, object_)) words.insert(words.begin(), object_.begin(), object_.end());
  const Words more = telling_words(field);
  if (!ends_with(words, more)) words.insert(words.end(), more.begin(), more.end());
  if (!suffix.empty() && words.back() != suffix) words.push_back(suffix);
  std::string base = joined(words, "_");
  if (base.empty() || (base.front() >= '0' && base.front() <= '9')) base.insert(0, "map_");
  if (!is_allowed(with_total(base, kind), kind)) base.insert(0, "object_");
  for (int number = 1;; ++number) {
    const std::string numbered = number == 1 ? base : base + "_" + std::to_string(number);
    std::string candidate = with_total(numbered, kind);
    if (claim(candidate, kind)) return candidate;
  }
}

}  // namespace bpfmap::starter
