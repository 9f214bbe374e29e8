// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "host/host.h"

namespace bpfmap::collect {

// How large the caches of the host's names are, and how often they help. Only of caches in which a
// name was looked up. Any thread.
std::vector<prometheus::MetricFamily> cache_families(const host::Host& host);

}  // namespace bpfmap::collect
