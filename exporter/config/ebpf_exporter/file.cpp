// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "config/ebpf_exporter/parts.h"

namespace bpfmap::config {
namespace {

constexpr std::string_view kPrefix = "ebpf_exporter_";
constexpr std::string_view kAddressPrefix = "kaddr_";

constexpr auto kEbpfExporterFileKeys =
    std::to_array<std::string_view>({"metrics", "kaddrs", "cgroup_id_map", "tracing"});
constexpr auto kMetricsKeys = std::to_array<std::string_view>({"counters", "histograms"});
constexpr auto kCounterKeys = std::to_array<std::string_view>(
    {"name", "help", "perf_event_array", "flush_interval", "labels"});
constexpr auto kHistogramKeys =
    std::to_array<std::string_view>({"name", "help", "labels", "bucket_type", "bucket_min",
                                     "bucket_max", "bucket_keys", "bucket_multiplier"});
constexpr auto kEbpfExporterCgroupKeys =
    std::to_array<std::string_view>({"name", "type", "regexps"});

// NAME.bpf.o beside NAME.yaml.
Located<std::string> object_beside(const std::string& file) {
  return {std::filesystem::path(file).replace_extension(".bpf.o").string(), {}};
}

FieldRef reference(const EbpfExporterLabel& label) { return {label.size_at, "", label.bytes}; }

LabelConfig to_label(EbpfExporterLabel label) {
  LabelConfig converted;
  converted.name = label.name;
  converted.field = reference(label);
  converted.decode = std::move(label.decode);
  return converted;
}

// The map that a metric reads, which has its name.
std::optional<MapConfig> start_map(const Mapping& metric) {
  auto name = metric.require("name", &Field::located_text);
  if (!name) return std::nullopt;
  MapConfig map;
  map.map = *std::move(name);
  map.interval = kDefaultInterval;
  map.max_age = kDefaultMaxAge;
  map.labels.emplace();
  return map;
}

EbpfExporterLabels labels_of(const Mapping& metric) {
  const auto labels = metric.find("labels");
  if (!labels || labels->tree().is_null()) return {};
  return parse_ebpf_exporter_labels(*labels);
}

// Events are bytes like keys, and each counts 1.
void parse_events(const Mapping& counter, const EbpfExporterLabels& labels, MapConfig& map) {
  constexpr Duration kDefaultReset = std::chrono::hours(1);
  const auto field = counter.find("perf_event_array");
  const bool is_events = field && field->boolean().value_or(false);
  if (!is_events) return;
  map.events.size = {labels.layout.bytes, labels.layout.at};
  map.events.reset_every = kDefaultReset;
  if (const auto interval = counter.find("flush_interval")) {
    map.events.reset_every = parse_go_duration(*interval);
  }
  if (labels.layout.bytes == 0) {
    counter.diagnostics().error(counter.field().at(),
                                "a counter of events needs 'labels' that say what an event holds");
  }
}

// The metric of a map, which has its name.
MetricConfig start_metric(const Mapping& mapping, MetricKind kind, const MapConfig& map) {
  MetricConfig metric;
  metric.kind = kind;
  metric.name = map.map;
  metric.help = mapping.read("help", &Field::scalar).value_or("");
  return metric;
}

void add_labels(std::vector<EbpfExporterLabel> labels, MapConfig& map) {
  for (EbpfExporterLabel& label : labels) map.labels->push_back(to_label(std::move(label)));
}

std::optional<MapConfig> parse_counter(const Field& field) {
  const EbpfExporterMapping counter(field, "a counter", kCounterKeys);
  auto map = start_map(counter);
  if (!map) return std::nullopt;
  EbpfExporterLabels labels = labels_of(counter);
  parse_events(counter, labels, *map);
  if (!map->events.size) {
    if (labels.labels.empty()) map->only_key = {0, map->map.at};
    map->layout = labels.layout;
  }
  add_labels(std::move(labels.labels), *map);
  map->metrics.push_back(start_metric(counter, MetricKind::kCounter, *map));
  return map;
}

// The last label is the slot; what its decoders write has to be a number, and is not shown.
void check_slot(const EbpfExporterLabel& slot, Diagnostics& diagnostics) {
  const bool is_number = slot.bytes.type.starts_with('u');
  if (is_number && slot.decode.empty()) return;
  diagnostics.error(slot.name.at,
                    "the last label of a histogram says which bucket a key is: "
                    "expected the decoder 'uint' and nothing else");
}

std::optional<MapConfig> parse_histogram(const Field& field) {
  const EbpfExporterMapping histogram(field, "a histogram", kHistogramKeys);
  auto map = start_map(histogram);
  if (!map) return std::nullopt;
  EbpfExporterLabels labels = labels_of(histogram);
  MetricConfig metric = start_metric(histogram, MetricKind::kHistogram, *map);
  metric.buckets = parse_ebpf_exporter_buckets(histogram);
  if (labels.labels.empty()) {
    histogram.diagnostics().error(
        map->map.at, "a histogram needs 'labels'; the last of them says which bucket a key is");
    return std::nullopt;
  }
  check_slot(labels.labels.back(), histogram.diagnostics());
  metric.bucket = reference(labels.labels.back());
  labels.labels.pop_back();
  labels.layout.may_end_with_cpu = false;
  map->layout = labels.layout;
  add_labels(std::move(labels.labels), *map);
  if (!metric.buckets) return std::nullopt;
  map->metrics.push_back(std::move(metric));
  return map;
}

using ParseMetric = std::optional<MapConfig> (*)(const Field&);

void parse_list(const Mapping& metrics, std::string_view key, std::string_view item,
                ParseMetric parse, Config& config) {
  const auto list = metrics.find(key);
  if (!list || list->tree().is_null()) return;
  const std::vector<Tree>* items = list->list();
  if (items == nullptr) return;
  for (const Tree& tree : *items) {
    auto map = parse(Field(tree, std::string(item), metrics.diagnostics()));
    if (map) config.maps.push_back(*std::move(map));
  }
}

void parse_metrics(const Field& field, Config& config) {
  if (field.tree().is_null()) return;
  const EbpfExporterMapping metrics(field, "'metrics'", kMetricsKeys);
  if (!metrics) return;
  parse_list(metrics, "counters", "counter", parse_counter, config);
  parse_list(metrics, "histograms", "histogram", parse_histogram, config);
}

void parse_addresses(const Field& field, Config& config) {
  if (field.tree().is_null()) return;
  const auto symbols = field.texts();
  if (!symbols) return;
  for (const Located<std::string>& symbol : *symbols) {
    config.kernel_addresses.push_back(
        {{std::string(kAddressPrefix) + symbol.value, symbol.at}, symbol});
  }
}

void parse_cgroup_map(const Field& field, Config& config) {
  static const Names<int> types = {{"hash", 0}, {"cgrp_storage", 1}};
  if (field.tree().is_null()) return;
  const EbpfExporterMapping mapping(field, "'cgroup_id_map'", kEbpfExporterCgroupKeys);
  if (!mapping) return;
  // The object says the same, and knows.
  if (const auto type = mapping.find("type")) static_cast<void>(type->one_of(types));
  auto name = mapping.require("name", &Field::located_text);
  const auto regexps = mapping.require("regexps");
  const std::vector<Tree>* items = regexps ? regexps->list() : nullptr;
  if (!name || items == nullptr) return;
  CgroupIdsConfig ids{*std::move(name), {}};
  for (const Tree& item : *items) {
    auto pattern = Field(item, "regexp", field.diagnostics()).pattern();
    if (pattern) ids.paths.push_back(*std::move(pattern));
  }
  config.cgroup_ids.push_back(std::move(ids));
}

void warn_of_spans(const Mapping& file) {
  if (!file.has("tracing")) return;
  const char* const text = file.has("metrics")
                               ? "spans are not exported; everything else of the file is"
                               : "spans are not exported; the programs are attached nevertheless";
  file.diagnostics().warning(file.key_position("tracing"), text);
}

bool has_list(const Tree& root, std::string_view group, std::string_view list) {
  const Tree* const mapping = root.find(group);
  const Tree* const found = mapping == nullptr ? nullptr : mapping->find(list);
  return found != nullptr && !found->is_null();
}

// A file is for something, be it for an empty list.
void check_purpose(const Field& root, const Mapping& file) {
  const Tree& tree = root.tree();
  if (has_list(tree, "metrics", "counters") || has_list(tree, "metrics", "histograms") ||
      has_list(tree, "tracing", "spans")) {
    return;
  }
  const std::string_view key = file.has("metrics") ? "metrics" : "tracing";
  file.diagnostics().error(file.key_position(key),
                           "the file exports nothing: expected 'counters' or 'histograms' below "
                           "'metrics', or 'spans' below 'tracing'");
}

}  // namespace

bool is_ebpf_exporter_file(const Tree& root) {
  if (root.find("maps") != nullptr) return false;
  return std::any_of(kEbpfExporterFileKeys.begin(), kEbpfExporterFileKeys.end(),
                     [&](std::string_view key) { return root.find(key) != nullptr; });
}

void parse_ebpf_exporter_file(const Field& root, Config& config) {
  const EbpfExporterMapping file(root, "the file", kEbpfExporterFileKeys);
  config.dialect = Dialect::kEbpfExporter;
  config.object = object_beside(config.source->path);
  config.prefix = {std::string(kPrefix), {}};
  config.programs_required = false;
  if (const auto metrics = file.find("metrics")) parse_metrics(*metrics, config);
  if (const auto kaddrs = file.find("kaddrs")) parse_addresses(*kaddrs, config);
  if (const auto cgroups = file.find("cgroup_id_map")) parse_cgroup_map(*cgroups, config);
  warn_of_spans(file);
  check_purpose(root, file);
}

}  // namespace bpfmap::config
