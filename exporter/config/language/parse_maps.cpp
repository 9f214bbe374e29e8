// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "config/language/parts.h"

namespace bpfmap::config {
namespace {

constexpr auto kMapKeys = std::to_array<std::string_view>(
    {"map",    "variable",    "pinned",     "loaded",   "map_label",    "mode",
     "reader", "interval",    "max_age",    "event",    "buffer",       "labels",
     "cpu",    "skip_zero",   "max_series", "top",      "expire_after", "delete_expired",
     "key",    "reset_every", "metrics",    "key_size", "value_size",   "max_entries",
     "inner"});

constexpr auto kEventKeys = std::to_array<std::string_view>({"size"});

Located<model::ReaderChoice> parse_reader(const Mapping& mapping) {
  static const Names<model::ReaderChoice> readers = {{"auto", model::ReaderChoice::kAuto},
                                                     {"batch", model::ReaderChoice::kBatch},
                                                     {"next_key", model::ReaderChoice::kNextKey},
                                                     {"mmap", model::ReaderChoice::kMmap},
                                                     {"iter", model::ReaderChoice::kIter}};
  const auto field = mapping.find("reader");
  if (!field) return {model::ReaderChoice::kAuto, {}};
  return {field->one_of(readers).value_or(model::ReaderChoice::kAuto), field->at()};
}

// `cpu: true` is short for a label named cpu. Quoted, "true" and "false" are names like any other.
std::optional<Located<std::string>> parse_cpu(const Mapping& mapping) {
  const auto field = mapping.find("cpu");
  if (!field) return std::nullopt;
  if (!field->tree().is_scalar()) {
    field->expected("true, false or the name of a label");
    return std::nullopt;
  }
  if (!field->tree().quoted && field->tree().scalar == "false") return std::nullopt;
  if (!field->tree().quoted && field->tree().scalar == "true") return {{"cpu", field->at()}};
  return field->located_text();
}

std::optional<std::vector<LabelConfig>> parse_map_labels(const Mapping& mapping) {
  const auto labels = mapping.find("labels");
  if (!labels) return std::nullopt;
  if (labels->tree().is_null()) {
    labels->error(
        "has no value (leave the key out for a label of every key field, or write {} for none)");
    return std::nullopt;
  }
  return parse_labels(*labels);
}

// A number with the place of its text, for checks that need the object.
std::optional<Located<std::uint64_t>> located(const Field& field,
                                              std::optional<std::uint64_t> value) {
  if (!value) return std::nullopt;
  return Located<std::uint64_t>{*value, field.at()};
}

// All rows of such a map are one, which needs nothing that tells them apart.
void check_no_labels(const Mapping& mapping, const MapConfig& map) {
  if (!map.only_key || !map.labels) return;
  if (std::all_of(map.labels->begin(), map.labels->end(),
                  [](const LabelConfig& label) { return label.is_of_value; })) {
    return;
  }
  mapping.diagnostics().error(mapping.key_position("labels"),
                              "a map with 'key' has no 'labels' but of its value: it is one entry, "
                              "whose key the file says already (constant labels go into 'labels' "
                              "of the file)");
}

// A struct of BTF, or how many bytes an event has.
void parse_event(const Field& field, EventConfig& events) {
  constexpr std::uint64_t kMostBytes = 65535;  // of a sample of perf
  if (!field.tree().is_mapping()) {
    events.type = field.located_text();
    return;
  }
  const Mapping mapping(field, "'event'", kEventKeys);
  const auto size = mapping.require("size");
  if (size) events.size = located(*size, size->unsigned_integer(1, kMostBytes));
}

EventConfig parse_events(const Mapping& mapping) {
  EventConfig events;
  if (const auto field = mapping.find("event")) parse_event(*field, events);
  events.reset_every = mapping.read("reset_every", &Field::duration);
  if (const auto field = mapping.find("buffer")) events.buffer = located(*field, field->size());
  return events;
}

// Whether something is said that means nothing without metrics.
bool has_other_keys(const Mapping& mapping) {
  static constexpr auto kOrigins =
      std::to_array<std::string_view>({"map", "variable", "pinned", "loaded"});
  return std::any_of(kMapKeys.begin(), kMapKeys.end(), [&](std::string_view key) {
    const bool is_origin = std::find(kOrigins.begin(), kOrigins.end(), key) != kOrigins.end();
    return !is_origin && !is_size_key(key) && mapping.has(key);
  });
}

// The sizes of a map, which has to be the object's own.
bool add_sizes(const Mapping& mapping, const MapConfig& map, Config& config) {
  auto sizes = parse_map_sizes(mapping);
  if (!sizes) return false;
  if (map.origin != MapOrigin::kObject) {
    const auto& own = sizes->own;
    const auto& first = own.key_size     ? own.key_size
                        : own.value_size ? own.value_size
                                         : own.max_entries;
    mapping.diagnostics().error(first ? first->at : mapping.key_position("inner"),
                                "only a map of the file's own object can get another size: this "
                                "one is there already");
    return true;
  }
  sizes->map = map.map;
  config.map_sizes.push_back(*std::move(sizes));
  return true;
}

std::optional<MapConfig> parse_map(const Mapping& mapping, const MapDefaults& defaults) {
  MapConfig map;
  map.reader = parse_reader(mapping);
  map.interval = mapping.read("interval", &Field::interval).value_or(defaults.interval);
  map.max_age = mapping.read("max_age", &Field::duration).value_or(defaults.max_age);
  map.events = parse_events(mapping);
  if (const auto key = mapping.find("key")) map.only_key = located(*key, key->unsigned_integer());
  map.labels = parse_map_labels(mapping);
  check_no_labels(mapping, map);
  map.cpu_label = parse_cpu(mapping);
  map.skip_zero = mapping.read("skip_zero", &Field::boolean).value_or(false);
  if (const auto metrics = mapping.find("metrics")) map.metrics = parse_metrics(*metrics);
  parse_map_bounds(mapping, map);
  if (!parse_map_origin(mapping, map)) return std::nullopt;
  return map;
}

}  // namespace

// An entry with sizes needs no metrics: programs have maps that are not for export.
void parse_maps(const Field& maps, const MapDefaults& defaults, Config& config) {
  const std::vector<Tree>* items = maps.list();
  if (items == nullptr) return;
  if (items->empty()) {
    return maps.diagnostics().warning(
        maps.at(), "'maps' is empty: programs are attached, and nothing is exported");
  }
  for (const Tree& item : *items) {
    const Mapping mapping(Field(item, "map", maps.diagnostics()), "a map", kMapKeys);
    if (!mapping) continue;
    auto map = parse_map(mapping, defaults);
    const bool has_sizes = map && add_sizes(mapping, *map, config);
    if (!has_sizes || has_other_keys(mapping)) mapping.require("metrics");
    if (map && (mapping.has("metrics") || !has_sizes)) config.maps.push_back(*std::move(map));
  }
  if (!config.maps.empty() || config.inventory || maps.diagnostics().has_errors()) return;
  maps.error("no map has 'metrics': nothing would be exported");
}

}  // namespace bpfmap::config
