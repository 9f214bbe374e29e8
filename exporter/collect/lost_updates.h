// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/collectable.h>

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "kernel/map_reader.h"

namespace bpfmap::collect {

// The map in which the helpers of bpf/bpfmap_exporter.bpf.h count what they could not write
// elsewhere: an array of one u64, or one for each CPU.
inline constexpr const char* kLostUpdatesMap = "bpfmap_lost_updates";

// bpfmap_exporter_lost_updates_total, read from that map of every object at each scrape.
// Thread-safe once every map is added.
class LostUpdates final : public prometheus::Collectable {
 public:
  // The reader's descriptor outlives this object. A map of another shape than the
  // header's is ignored.
  void add_map(const std::string& config, const kernel::MapShape& shape,
               std::unique_ptr<kernel::MapReader> reader);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Map {
    std::string config;
    std::unique_ptr<kernel::MapReader> reader;
  };
  mutable Mutex mutex_;  // a reader walks for one thread at a time
  std::vector<Map> maps_ BPFMAP_GUARDED_BY(mutex_);
};

}  // namespace bpfmap::collect
