// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exposition/metric_type.h"

// Names of metrics and labels: what the formats allow, and what Prometheus' conventions would
// rather see. Pure functions: any thread.
namespace bpfmap::exposition {

// [a-zA-Z_:][a-zA-Z0-9_:]*
bool is_valid_metric_name(std::string_view name);

// [a-zA-Z_][a-zA-Z0-9_]*. Whether `le` or `quantile` is free depends on the metric and is
// the caller's business.
bool is_valid_label_name(std::string_view name);

// Labels that begin with "__" are Prometheus' own; it drops or overwrites them when it scrapes.
bool is_reserved_label_name(std::string_view name);

// What Prometheus' naming conventions would spell otherwise in the name of a metric family, one
// sentence each; empty for a name without reproach. Advice, never an error: a name may have to stay
// what it was. Notes what `promtool check metrics` notes about names. Sources: "Metric and label
// naming" in Prometheus' documentation, client_golang prometheus/testutil/promlint.
std::vector<std::string> convention_notes(std::string_view name, MetricType type);

}  // namespace bpfmap::exposition
