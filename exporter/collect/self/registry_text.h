// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "exposition/body.h"

namespace bpfmap::collect {

// Writes what a prometheus-cpp registry collected by the writers that the maps use, so that a page
// has one format. Families without samples are left out.
void write_text(const std::vector<prometheus::MetricFamily>& families,
                exposition::BodyWriter& writer);

}  // namespace bpfmap::collect
