// SPDX-License-Identifier: Apache-2.0
#include "commands/starter/metric_namer.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "commands/starter/words.h"

namespace bpfmap::commands::starter {
namespace {

using Words = std::vector<std::string>;

bool ends_with(const Words& words, const Words& ending) {
  return ending.size() <= words.size() &&
         std::equal(ending.rbegin(), ending.rend(), words.rbegin());
}

std::string with_total(const std::string& name, config::MetricKind kind) {
  return kind == config::MetricKind::kCounter ? name + "_total" : name;
}

}  // namespace

MetricNamer::MetricNamer(std::string object) : object_(std::move(object)) {}

bool MetricNamer::claim(const std::string& name, config::MetricKind kind) {
  config::Diagnostics fresh(std::make_shared<config::Source>());
  names_.claim(name, kind, {}, fresh);
  return !fresh.has_errors();
}

std::string MetricNamer::name(const Words& map, const Words& field, const std::string& suffix,
                              config::MetricKind kind) {
  Words words = telling_words(map);
  if (words.empty()) words = map;
  const Words more = telling_words(field);
  if (!ends_with(words, more)) words.insert(words.end(), more.begin(), more.end());
  if (!suffix.empty()) words.push_back(suffix);
  std::string base = joined(words, "_");
  if (base.empty() || (base.front() >= '0' && base.front() <= '9')) base.insert(0, "map_");
  for (const std::string& candidate : {base, object_ + "_" + base}) {
    if (claim(with_total(candidate, kind), kind)) return with_total(candidate, kind);
  }
  for (int number = 2;; ++number) {
    std::string candidate = with_total(object_ + "_" + base + "_" + std::to_string(number), kind);
    if (claim(candidate, kind)) return candidate;
  }
}

}  // namespace bpfmap::commands::starter
