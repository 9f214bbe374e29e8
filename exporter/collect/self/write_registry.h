// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

#include <vector>

#include "exposition/body.h"
#include "exposition/formats.h"

namespace bpfmap::collect {

// The value of one of the exporter's own metrics, which are counters and gauges.
double value_of(const prometheus::MetricFamily& family, const prometheus::ClientMetric& metric);

// What a prometheus-cpp registry collected, in the format of the page that it is for. Families
// without samples are left out. Any thread.
exposition::Body write_registry(const std::vector<prometheus::MetricFamily>& families,
                                exposition::Format format);

}  // namespace bpfmap::collect
