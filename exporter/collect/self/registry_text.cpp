// SPDX-License-Identifier: Apache-2.0
#include "collect/self/registry_text.h"

#include "exposition/text_format.h"

namespace bpfmap::collect {
namespace {

exposition::MetricType type_of(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter: return exposition::MetricType::kCounter;
    case prometheus::MetricType::Gauge: return exposition::MetricType::kGauge;
    case prometheus::MetricType::Histogram: return exposition::MetricType::kHistogram;
    case prometheus::MetricType::Summary: return exposition::MetricType::kSummary;
    default: return exposition::MetricType::kUntyped;
  }
}

void write_metric(const prometheus::MetricFamily& family, const prometheus::ClientMetric& metric,
                  exposition::TextWriter& text) {
  std::vector<exposition::Label> labels;
  for (const auto& label : metric.label) labels.emplace_back(label.name, label.value);
  switch (family.type) {
    case prometheus::MetricType::Counter:
      text.sample(family.name, labels, metric.counter.value);
      break;
    case prometheus::MetricType::Gauge: text.sample(family.name, labels, metric.gauge.value); break;
    default:  // the exporter's own metrics have no other types
      text.sample(family.name, labels, metric.untyped.value);
  }
}

}  // namespace

void write_text(const std::vector<prometheus::MetricFamily>& families,
                exposition::BodyWriter& writer) {
  exposition::TextWriter text(writer);
  for (const prometheus::MetricFamily& family : families) {
    if (family.metric.empty()) continue;
    text.family(family.name, family.help, type_of(family.type));
    for (const prometheus::ClientMetric& metric : family.metric) write_metric(family, metric, text);
  }
}

}  // namespace bpfmap::collect
