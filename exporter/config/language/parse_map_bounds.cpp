// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "config/language/parts.h"

// What is kept of a map over time, and how much of it: mode, max_series, top, expire_after.
namespace bpfmap::config {
namespace {

constexpr std::uint64_t kMostSeries = 100'000'000;

void parse_mode(const Mapping& mapping, MapConfig& map) {
  static const Names<MapMode> modes = {
      {"read", MapMode::kRead}, {"accumulate", MapMode::kAccumulate}, {"drain", MapMode::kDrain}};
  const auto field = mapping.find("mode");
  if (!field) return;
  map.mode = {field->one_of(modes).value_or(MapMode::kRead), field->at()};
  if (map.mode.value == MapMode::kRead) return;
  for (const MetricConfig& metric : map.metrics) {
    if (metric.kind != MetricKind::kGauge) continue;
    mapping.diagnostics().error(metric.name.at,
                                "a gauge needs 'mode: read': totals of what a gauge shows mean "
                                "nothing");
  }
}

std::optional<TopConfig> parse_top(const Field& field) {
  static constexpr auto kKeys = std::to_array<std::string_view>({"n", "by"});
  const Mapping mapping(field, "'top'", kKeys);
  if (!mapping) return std::nullopt;
  const auto n_field = mapping.require("n");
  const auto n = n_field ? n_field->unsigned_integer(1, kMostSeries) : std::nullopt;
  if (!n) return std::nullopt;
  return TopConfig{field.at(), *n, mapping.read("by", &Field::located_text)};
}

void check_top(const MapConfig& map, const Mapping& mapping) {
  if (!map.top || !map.top->by) return;
  std::vector<std::string> names;
  for (const MetricConfig& metric : map.metrics) {
    if (metric.name.value == map.top->by->value) return;
    names.push_back(metric.name.value);
  }
  mapping.diagnostics().error(map.top->by->at, "no metric " + in_quotes(map.top->by->value) +
                                                   " on this map" +
                                                   suggestion(map.top->by->value, names));
}

}  // namespace

void parse_map_bounds(const Mapping& mapping, MapConfig& map) {
  parse_mode(mapping, map);
  if (const auto field = mapping.find("max_series")) {
    if (const auto most = field->unsigned_integer(1, kMostSeries)) {
      map.max_series = {*most, field->at()};
    }
  }
  if (const auto field = mapping.find("top")) map.top = parse_top(*field);
  check_top(map, mapping);
  if (map.top && map.max_series && map.mode.value == MapMode::kRead) {
    mapping.diagnostics().error(map.top->at,
                                "'top' and 'max_series' both say which series are exported; with "
                                "'mode: read' a map has one of them");
  }
  if (const auto field = mapping.find("expire_after")) {
    if (const auto after = field->duration()) map.expire_after = {*after, field->at()};
  }
  map.delete_expired = mapping.read("delete_expired", &Field::boolean).value_or(false);
  if (map.delete_expired && !mapping.has_or_misspells("expire_after")) {
    mapping.diagnostics().error(mapping.key_position("delete_expired"),
                                "'delete_expired' needs 'expire_after'");
  }
  if (map.delete_expired && map.origin == MapOrigin::kVariable) {
    mapping.diagnostics().error(mapping.key_position("delete_expired"),
                                "a variable has no keys to delete");
  }
}

}  // namespace bpfmap::config
