// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include "host/host.h"

namespace bpfmap::collect {

// Whether ids of the kernel are those that this process sees: docs/metrics.md. Any thread.
prometheus::MetricFamily visible_ids_family(const host::Host& host);

}  // namespace bpfmap::collect
