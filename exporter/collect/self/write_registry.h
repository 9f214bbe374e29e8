// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "exposition/body.h"
#include "exposition/formats.h"

namespace bpfmap::collect {

// What a prometheus-cpp registry collected, in the format of the page that it is for. Families
// without samples are left out. Any thread.
exposition::Body write_registry(const std::vector<prometheus::MetricFamily>& families,
                                exposition::Format format);

}  // namespace bpfmap::collect
