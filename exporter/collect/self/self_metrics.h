// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/host_paths.h"
#include "base/mutex.h"
#include "collect/sample/map_sampler.h"

namespace bpfmap::collect {

// What the exporter says about itself, kept in a prometheus-cpp registry: docs/metrics.md lists the
// names. Thread-safe once the collectables are added.
class SelfMetrics {
 public:
  explicit SelfMetrics(const std::string& version, const HostPaths& paths = {});
  ~SelfMetrics();

  // The observer that counts the walks of this map. The same for all callers while one of them has
  // it; what it counted disappears with it. This object outlives it.
  std::shared_ptr<SampleObserver> observe_map(const std::string& config, const std::string& map)
      BPFMAP_EXCLUDES(mutex_);

  // The configuration was read anew, or was to be.
  void count_reload(bool successful, double unix_seconds);

  // Values that are read at every scrape; `collectable` is kept as long as this object.
  void add_collectable(std::shared_ptr<prometheus::Collectable> collectable);

  void count_scrape(const std::string& format, const std::string& encoding);
  void set_sample_age(const std::string& config, const std::string& map, double seconds);

  std::vector<prometheus::MetricFamily> collect() const;
  // In what was collected for a page that leaves the map out, although its last walk
  // may have succeeded.
  static void show_failure(const std::string& config, const std::string& map,
                           std::vector<prometheus::MetricFamily>& families);

 private:
  class MapObserver;

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Gauge>& entries_;
  prometheus::Family<prometheus::Gauge>& max_entries_;
  prometheus::Family<prometheus::Gauge>& success_;
  prometheus::Family<prometheus::Gauge>& duration_;
  prometheus::Family<prometheus::Gauge>& age_;
  prometheus::Family<prometheus::Counter>& errors_;
  prometheus::Family<prometheus::Counter>& decode_errors_;
  prometheus::Family<prometheus::Gauge>& missing_series_;
  prometheus::Family<prometheus::Counter>& dropped_series_;
  prometheus::Family<prometheus::Counter>& deleted_entries_;
  prometheus::Family<prometheus::Counter>& scrapes_;
  prometheus::Gauge& reload_successful_;
  prometheus::Gauge& reload_time_;
  Mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::weak_ptr<SampleObserver>> observers_
      BPFMAP_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<prometheus::Collectable>> collectables_;
};

}  // namespace bpfmap::collect
