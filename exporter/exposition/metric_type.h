// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace bpfmap::exposition {

// The types that every exposition format knows; what a format calls them is its own business
// (kUntyped is "untyped" in the text format and "unknown" in OpenMetrics).
enum class MetricType { kCounter, kGauge, kHistogram, kSummary, kUntyped };

}  // namespace bpfmap::exposition
