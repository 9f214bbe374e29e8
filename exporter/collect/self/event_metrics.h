// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/collectable.h>

#include <memory>
#include <string>
#include <vector>

#include "collect/event_totals.h"
#include "kernel/event_stream.h"

namespace bpfmap::collect {

// What became of the events of every stream: bpfmap_exporter_events_total and its like, see
// docs/metrics.md. Thread-safe once every stream is added.
class EventMetrics final : public prometheus::Collectable {
 public:
  void add_stream(const std::string& config, const std::string& map,
                  std::shared_ptr<const kernel::EventCounts> counts,
                  std::shared_ptr<const EventTotals> totals);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Stream {
    std::string config;
    std::string map;
    std::shared_ptr<const kernel::EventCounts> counts;
    std::shared_ptr<const EventTotals> totals;
  };
  std::vector<Stream> streams_;
};

}  // namespace bpfmap::collect
