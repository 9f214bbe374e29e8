// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "kernel/inventory.h"

// The lists of an inventory as metric families; docs/inventory.md explains them. Every family of a
// kind has the labels id, name and type, so that one can be divided by another without `on`; what
// else is known of an object is in its _info. Families may come out empty.
namespace bpfmap::collect {

// `boot_time_seconds` is when the system was booted, since 1970.
std::vector<prometheus::MetricFamily> program_families(
    const std::vector<kernel::ProgramRecord>& programs, double boot_time_seconds);
std::vector<prometheus::MetricFamily> map_families(const std::vector<kernel::MapRecord>& maps);
std::vector<prometheus::MetricFamily> link_families(const std::vector<kernel::LinkRecord>& links);
std::vector<prometheus::MetricFamily> owner_families(const kernel::OwnerList& list);

}  // namespace bpfmap::collect
