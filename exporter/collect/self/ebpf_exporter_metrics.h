// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <set>
#include <string>
#include <vector>

namespace bpfmap::collect {

// What ebpf_exporter says about itself, for the configurations in its format: families made of the
// exporter's own ones, which say the same under other names.
std::vector<prometheus::MetricFamily> ebpf_exporter_families(
    const std::vector<prometheus::MetricFamily>& own, const std::set<std::string>& configs);

}  // namespace bpfmap::collect
