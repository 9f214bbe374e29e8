// SPDX-License-Identifier: Apache-2.0
#include "config/help_texts.h"

namespace bpfmap::config {
namespace {

std::string name_of(const FieldRef& field) {
  if (!field.bytes) return "field " + field.path;
  return "bytes from " + std::to_string(field.bytes->offset) + " on";
}

std::string capitalized(std::string text) {
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string default_help(const MapConfig& map, const MetricConfig& metric) {
  const std::string source =
      (map.origin == MapOrigin::kVariable ? "variable " : "map ") + map.map.value + ".";
  if (metric.kind == MetricKind::kHistogram) {
    const std::string field = metric.value ? name_of(*metric.value) + " of " : std::string();
    return "Distribution in " + field + source;
  }
  if (metric.value) return capitalized(name_of(*metric.value)) + " of " + source;
  return (map.events.type || map.events.size ? "Events of " : "Value of ") + source;
}

}  // namespace

void HelpTexts::learn(const Config& config) {
  for (const MapConfig& map : config.maps) {
    for (const MetricConfig& metric : map.metrics) {
      if (!metric.help.empty())
        by_name_.emplace(config.prefix.value + metric.name.value, metric.help);
    }
  }
}

void HelpTexts::complete(Config& config) {
  for (MapConfig& map : config.maps) {
    for (MetricConfig& metric : map.metrics) {
      if (!metric.help.empty()) continue;
      const std::string name = config.prefix.value + metric.name.value;
      metric.help = by_name_.emplace(name, default_help(map, metric)).first->second;
    }
  }
}

}  // namespace bpfmap::config
