// SPDX-License-Identifier: Apache-2.0
#include "decode/metric_kind.h"

namespace bpfmap::decode {

const char* kind_name(config::MetricKind kind) {
  switch (kind) {
    case config::MetricKind::kCounter: return "counter";
    case config::MetricKind::kGauge: return "gauge";
    case config::MetricKind::kHistogram: return "histogram";
  }
  return "";
}

exposition::MetricType metric_type(config::MetricKind kind) {
  switch (kind) {
    case config::MetricKind::kCounter: return exposition::MetricType::kCounter;
    case config::MetricKind::kGauge: return exposition::MetricType::kGauge;
    case config::MetricKind::kHistogram: return exposition::MetricType::kHistogram;
  }
  return exposition::MetricType::kUntyped;
}

}  // namespace bpfmap::decode
