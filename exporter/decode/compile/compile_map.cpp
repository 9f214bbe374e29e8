// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/compile_map.h"

#include "decode/metric_kind.h"

#include "decode/compile/compile_histogram.h"
#include "decode/compile/compile_labels.h"
#include "decode/compile/value_field.h"

namespace bpfmap::decode {
namespace {

FamilyFrame make_frame(const config::Config& config, const config::MapConfig& map,
                       const config::MetricConfig& metric, CompiledLabels labels) {
  return {.head = {.name = config.prefix.value + metric.name.value,
                   .help = metric.help,
                   .type = metric_type(metric.kind)},
          .labels = std::move(labels.program),
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

std::optional<Family> compile_metric(const config::Config& config, const config::MapConfig& map,
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
    auto histogram = compile_histogram(metric, info, slot, diagnostics);
    if (!labels || !histogram) return std::nullopt;
    return HistogramFamily(make_frame(config, map, metric, *std::move(labels)),
                           std::move(histogram->source), std::move(histogram->buckets),
                           metric.buckets->unit);
  }
  const auto value = amount_of_metric(metric, value_of(info), diagnostics);
  if (!labels || !value) return std::nullopt;
  return ScalarFamily(make_frame(config, map, metric, *std::move(labels)), *value, form_of(metric));
}

}  // namespace

void claim_metric_names(const config::Config& config, const config::MapConfig& map,
                        MetricNames& names, config::Diagnostics& diagnostics) {
  for (const config::MetricConfig& metric : map.metrics) {
    names.join(config, map, metric, diagnostics);
  }
}

std::optional<SamplePlan> compile_map(const config::Config& config, const config::MapConfig& map,
                                      const kernel::MapInfo& info,
                                      config::Diagnostics& diagnostics) {
  std::vector<Family> families;
  for (const config::MetricConfig& metric : map.metrics) {
    auto family = compile_metric(config, map, info, metric, diagnostics);
    if (family) families.push_back(*std::move(family));
  }
  if (diagnostics.has_errors()) return std::nullopt;
  return SamplePlan(std::move(families));
}

}  // namespace bpfmap::decode
