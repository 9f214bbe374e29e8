// SPDX-License-Identifier: Apache-2.0
#include "collect/self/write_registry.h"

#include <vector>

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

template <typename Writer>
void write_family(const prometheus::MetricFamily& family, Writer& writer) {
  writer.family({.name = family.name, .help = family.help, .type = type_of(family.type)});
  for (const prometheus::ClientMetric& metric : family.metric) {
    std::vector<exposition::Label> labels;
    for (const auto& label : metric.label) labels.emplace_back(label.name, label.value);
    writer.sample(family.name, labels, value_of(family, metric));
  }
}

}  // namespace

// There are no others; one of another type would have the value of an untyped metric.
double value_of(const prometheus::MetricFamily& family, const prometheus::ClientMetric& metric) {
  switch (family.type) {
    case prometheus::MetricType::Counter: return metric.counter.value;
    case prometheus::MetricType::Gauge: return metric.gauge.value;
    default: return metric.untyped.value;
  }
}

exposition::Body write_registry(const std::vector<prometheus::MetricFamily>& families,
                                exposition::Format format) {
  exposition::BodyWriter body;
  exposition::with_format(format, [&]<typename Format>(Format) {
    typename Format::Writer writer(body);
    for (const prometheus::MetricFamily& family : families) {
      if (!family.metric.empty()) write_family(family, writer);
    }
  });
  return body.finish();
}

}  // namespace bpfmap::collect
