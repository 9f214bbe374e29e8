// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "config/language/parts.h"

namespace bpfmap::config {
namespace {

constexpr auto kMetricKeys =
    std::to_array<std::string_view>({"counter", "gauge", "histogram", "help", "value", "bucket",
                                     "buckets", "scale", "unit", "aggregate", "clock"});

struct NamedKind {
  std::string_view key;
  MetricKind kind;
};
constexpr std::array kMetricKinds = {NamedKind{"counter", MetricKind::kCounter},
                                     NamedKind{"gauge", MetricKind::kGauge},
                                     NamedKind{"histogram", MetricKind::kHistogram}};

// The key that says what kind of metric this is, and its name. False where there is none.
bool parse_kind(const Mapping& mapping, MetricConfig& metric) {
  int kinds = 0;
  bool is_misspelt = false;
  std::optional<Located<std::string>> name;
  for (const NamedKind& kind : kMetricKinds) {
    const auto field = mapping.find(kind.key);
    is_misspelt = is_misspelt || mapping.is_misspelt(kind.key);
    if (!field) continue;
    if (++kinds > 1) {
      mapping.diagnostics().error(mapping.key_position(kind.key),
                                  "a metric is one of counter, gauge and histogram, not several");
      continue;
    }
    metric.kind = kind.kind;
    name = field->located_text();
  }
  if (kinds == 0 && !is_misspelt) {
    mapping.diagnostics().error(mapping.field().at(),
                                "a metric needs 'counter', 'gauge' or 'histogram' with its name");
  }
  if (!name) return false;
  metric.name = std::move(*name);
  return true;
}

void refuse(const Mapping& mapping, std::string_view key, std::string_view message) {
  if (mapping.has(key))
    mapping.diagnostics().error(mapping.key_position(key), std::string(message));
}

void parse_scale(const Mapping& mapping, MetricConfig& metric) {
  const auto scale = mapping.read("scale", &Field::factor);
  const auto unit = mapping.read("unit", &Field::unit);
  if (mapping.has("scale") && mapping.has("unit")) {
    mapping.diagnostics().error(mapping.key_position("unit"),
                                "a metric has 'scale' or 'unit', not both");
  }
  if (scale && scale->numerator < 0 && metric.kind == MetricKind::kCounter) {
    mapping.find("scale")->error(
        "expected a number above zero: a counter that is multiplied by less would fall");
  }
  if (scale) metric.scale = *scale;
  if (unit) metric.scale = *unit;
}

void parse_aggregate(const Mapping& mapping, MetricConfig& metric) {
  static const Names<Aggregate> aggregates = {
      {"sum", Aggregate::kSum}, {"max", Aggregate::kMax}, {"min", Aggregate::kMin}};
  const auto field = mapping.find("aggregate");
  const auto aggregate = field ? field->one_of(aggregates) : std::nullopt;
  if (!aggregate) return;
  if (*aggregate != Aggregate::kSum && metric.kind != MetricKind::kGauge) {
    field->error(
        "only a gauge can have the largest or the smallest: counts add up, and of no other "
        "combination could Prometheus take a rate");
  }
  metric.aggregate = {*aggregate, field->at()};
}

// Times since boot become times of day: in seconds, and the latest of several unless the
// file says otherwise.
void parse_clock(const Mapping& mapping, MetricConfig& metric) {
  static const Names<BootClock> clocks = {{"boot", BootClock::kBoot},
                                          {"monotonic", BootClock::kMonotonic}};
  constexpr Ratio kNanoseconds{1, 1e9};
  const auto field = mapping.find("clock");
  if (!field) return;
  if (metric.kind != MetricKind::kGauge) {
    return refuse(mapping, "clock", "only a gauge has a 'clock': a point in time is no count");
  }
  refuse(mapping, "scale", "a metric with 'clock' has no 'scale': it is a Unix time in seconds");
  if (mapping.has("unit") && (metric.scale.numerator != kNanoseconds.numerator ||
                              metric.scale.denominator != kNanoseconds.denominator)) {
    refuse(mapping, "unit",
           "the value of a metric with 'clock' is in nanoseconds; leave 'unit' out");
  }
  if (metric.aggregate && metric.aggregate->value == Aggregate::kSum) {
    mapping.find("aggregate")
        ->error(
            "points in time do not add up: expected max (the latest, which is what happens without "
            "'aggregate') or min (the earliest)");
  }
  const auto clock = field->one_of(clocks);
  if (!clock) return;
  metric.clock = {*clock, field->at()};
  metric.scale = kNanoseconds;
  if (!metric.aggregate) metric.aggregate = {Aggregate::kMax, field->at()};
}

// False where the histogram cannot be used.
bool parse_histogram(const Mapping& mapping, MetricConfig& metric) {
  refuse(mapping, "scale", "a histogram has no 'scale'; what a 1 means is 'unit' in 'buckets'");
  refuse(mapping, "unit", "the 'unit' of a histogram belongs into 'buckets'");
  if (const auto bucket = mapping.find("bucket")) metric.bucket = parse_field_ref(*bucket);
  const auto buckets = mapping.find("buckets");
  if (!buckets) {
    if (!mapping.is_misspelt("buckets")) {
      mapping.diagnostics().error(metric.name.at, "a histogram needs 'buckets'");
    }
    return false;
  }
  metric.buckets = parse_buckets(*buckets);
  return metric.buckets.has_value();
}

void parse_single_value(const Mapping& mapping, MetricConfig& metric) {
  refuse(mapping, "bucket", "only a histogram has 'bucket'");
  refuse(mapping, "buckets", "only a histogram has 'buckets'");
  parse_scale(mapping, metric);
}

std::optional<MetricConfig> parse_metric(const Field& field) {
  const Mapping mapping(field, "a metric", kMetricKeys);
  if (!mapping) return std::nullopt;
  MetricConfig metric;
  if (!parse_kind(mapping, metric)) return std::nullopt;
  metric.help = mapping.read("help", &Field::scalar).value_or("");
  if (const auto value = mapping.find("value")) metric.value = parse_field_ref(*value);
  parse_aggregate(mapping, metric);
  if (metric.kind != MetricKind::kHistogram) {
    parse_single_value(mapping, metric);
  } else if (!parse_histogram(mapping, metric)) {
    return std::nullopt;
  }
  parse_clock(mapping, metric);
  return metric;
}

}  // namespace

std::vector<MetricConfig> parse_metrics(const Field& metrics) {
  std::vector<MetricConfig> parsed;
  const std::vector<Tree>* items = metrics.list();
  if (items == nullptr) return parsed;
  if (items->empty()) metrics.error("must not be empty");
  for (const Tree& item : *items) {
    auto metric = parse_metric(Field(item, "metric", metrics.diagnostics()));
    if (metric) parsed.push_back(std::move(*metric));
  }
  return parsed;
}

}  // namespace bpfmap::config
