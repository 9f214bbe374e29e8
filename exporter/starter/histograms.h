// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>

#include "kernel/map_info.h"
#include "kernel/memory_use.h"
#include "starter/draft.h"
#include "starter/fields.h"
#include "starter/metric_namer.h"

// Histograms, recognised by names and shapes.
namespace bpfmap::starter {

struct HistogramDraft {
  MetricDraft metric;
  std::string slot;  // the field of the key that is the bucket
  std::string sum;   // the field of the value that is the sum
};

// One bucket a row: the key has a field called slot or bucket, or is an index into a map whose name
// says that it is a histogram, and the value is one number. `use` is what the code says of the map;
// null where that is not known.
std::optional<HistogramDraft> histogram_by_slot(const kernel::MapInfo& map,
                                                std::span<const UsableField> value,
                                                const kernel::MemoryUse* use, MetricNamer& namer);

// An array of counts in the value: called slots or the like, or of a histogram's usual length.
// `fields` are all of the value, among which may be the sum.
std::optional<HistogramDraft> histogram_in_value(const kernel::MapInfo& map,
                                                 const kernel::Field& array,
                                                 std::span<const UsableField> fields,
                                                 const kernel::MemoryUse* use, MetricNamer& namer);

// The last finite slot of times of everyday in a unit: about a minute.
std::uint32_t usual_max(const std::string& unit);

// "{ scale: exp2, ... }" for observations of events in a unit (empty: of none), which the exporter
// counts itself; `max` is the last finite slot.
std::string exp2_buckets(const std::string& unit, std::uint32_t max);

}  // namespace bpfmap::starter
