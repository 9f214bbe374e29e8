// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/compile_map.h"

#include <utility>

#include "decode/compile/compile_histogram.h"
#include "decode/compile/compile_labels.h"
#include "decode/compile/value_field.h"
#include "decode/metric_kind.h"

namespace bpfmap::decode {
namespace {

FamilyFrame make_frame(const config::Config& config, const config::MapConfig& map,
                       const config::MetricConfig& metric, CompiledLabels labels) {
  return {.head = {.name = config.prefix.value + metric.name.value,
                   .help = metric.help,
                   .type = metric_type(metric.kind)},
          .labels = labels.whole(),
          .coverage = std::move(labels.coverage),
          .skip_zero = map.skip_zero};
}

ScalarForm form_of(const config::MetricConfig& metric) {
  ScalarForm form;
  form.scale = metric.scale;
  if (metric.aggregate) form.aggregate = metric.aggregate->value;
  if (metric.clock) form.clock = metric.clock->value;
  form.is_counter = metric.kind == config::MetricKind::kCounter;
  return form;
}

std::optional<MetricFields> find_metric(const config::Config& config, const config::MapConfig& map,
                                        const kernel::MapInfo& info,
                                        const config::MetricConfig& metric,
                                        config::Diagnostics& diagnostics) {
  std::optional<kernel::Field> slot;
  if (metric.bucket) {
    slot = find_field(*metric.bucket, key_of(info), diagnostics);
    if (!slot) return std::nullopt;
  }
  auto labels = compile_labels(config, map, info, slot, diagnostics);
  if (metric.kind == config::MetricKind::kHistogram) {
    if (!metric.buckets) return std::nullopt;  // reported by the parser
    auto histogram = find_histogram(metric, info, slot, diagnostics);
    if (!labels || !histogram) return std::nullopt;
    return MetricFields{&metric,
                        *std::move(labels),
                        std::move(slot),
                        std::move(histogram->counts),
                        std::move(histogram->sum),
                        std::move(histogram->buckets)};
  }
  auto value = amount_of_metric(metric, value_of(info), diagnostics);
  if (!labels || !value) return std::nullopt;
  return MetricFields{&metric,           *std::move(labels), std::move(slot),
                      *std::move(value), std::nullopt,       std::nullopt};
}

Family to_family(const config::Config& config, const config::MapConfig& map, MetricFields fields) {
  const config::MetricConfig& metric = *fields.metric;
  FamilyFrame frame = make_frame(config, map, metric, std::move(fields.labels));
  if (metric.kind != config::MetricKind::kHistogram) {
    return ScalarFamily(std::move(frame), *AmountSource::of(fields.value), form_of(metric));
  }
  return HistogramFamily(std::move(frame),
                         histogram_source(*metric.buckets, fields.slot, fields.value, fields.sum),
                         *std::move(fields.buckets), metric.buckets->unit);
}

}  // namespace

void claim_metric_names(const config::Config& config, const config::MapConfig& map,
                        MetricNames& names, config::Diagnostics& diagnostics) {
  for (const config::MetricConfig& metric : map.metrics) {
    names.join(config, map, metric, diagnostics);
  }
}

std::optional<std::vector<MetricFields>> find_metrics(const config::Config& config,
                                                      const config::MapConfig& map,
                                                      const kernel::MapInfo& info,
                                                      config::Diagnostics& diagnostics) {
  std::vector<MetricFields> metrics;
  for (const config::MetricConfig& metric : map.metrics) {
    auto fields = find_metric(config, map, info, metric, diagnostics);
    if (fields) metrics.push_back(*std::move(fields));
  }
  if (diagnostics.has_errors()) return std::nullopt;
  return metrics;
}

SamplePlan make_plan(const config::Config& config, const config::MapConfig& map,
                     std::vector<MetricFields> metrics) {
  std::vector<Family> families;
  families.reserve(metrics.size());
  for (MetricFields& fields : metrics) {
    families.push_back(to_family(config, map, std::move(fields)));
  }
  return SamplePlan(std::move(families));
}

std::optional<SamplePlan> compile_map(const config::Config& config, const config::MapConfig& map,
                                      const kernel::MapInfo& info,
                                      config::Diagnostics& diagnostics) {
  auto metrics = find_metrics(config, map, info, diagnostics);
  if (!metrics) return std::nullopt;
  return make_plan(config, map, *std::move(metrics));
}

}  // namespace bpfmap::decode
