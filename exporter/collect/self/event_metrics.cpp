// SPDX-License-Identifier: Apache-2.0
#include "collect/self/event_metrics.h"

#include <utility>

#include "collect/self/family_builder.h"
#include "kernel/map_types.h"

namespace bpfmap::collect {

void EventMetrics::add_stream(const std::string& config, const std::string& map,
                              std::shared_ptr<const kernel::EventCounts> counts,
                              std::shared_ptr<const EventTotals> totals) {
  streams_.push_back({config, map, std::move(counts), std::move(totals)});
}

std::vector<prometheus::MetricFamily> EventMetrics::Collect() const {
  constexpr auto kCounter = prometheus::MetricType::Counter;
  auto events = make_family("bpfmap_exporter_events_total",
                            "Events that were read and went into metrics.", kCounter);
  auto lost = make_family("bpfmap_exporter_events_lost_total",
                          "Events for which a perf buffer had no room.", kCounter);
  auto malformed = make_family("bpfmap_exporter_events_malformed_total",
                               "Events that were shorter than their struct.", kCounter);
  auto folded =
      make_family("bpfmap_exporter_events_folded_total",
                  "Events that went into the series 'other', beyond max_series.", kCounter);
  for (const Stream& stream : streams_) {
    const LabelPairs labels = {{"config", stream.config}, {"map", stream.map}};
    const auto add = [&](prometheus::MetricFamily& family, std::uint64_t count) {
      add_sample(family, labels, static_cast<double>(count));
    };
    add(events, stream.counts->events);
    // Of a ring buffer only the program knows it: a 0 would be an invention.
    if (kernel::is_perf_event_array(stream.totals->shape().type)) {
      add(lost, stream.counts->lost);
    }
    add(malformed, stream.counts->malformed);
    add(folded, stream.totals->folded());
  }
  return {std::move(events), std::move(lost), std::move(malformed), std::move(folded)};
}

}  // namespace bpfmap::collect
