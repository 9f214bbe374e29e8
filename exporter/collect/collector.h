// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "collect/lost_updates.h"
#include "collect/representation.h"
#include "collect/sample/map_sampler.h"
#include "collect/sample/shared_text.h"
#include "collect/self/event_metrics.h"
#include "collect/self/inventory_metrics.h"
#include "collect/self/program_metrics.h"
#include "collect/self/self_metrics.h"
#include "exposition/body.h"
#include "exposition/formats.h"

namespace bpfmap::collect {

// All maps of the configurations that run, and what the exporter says about itself: makes the pages
// that are scraped. Set up by one thread with the add_ functions, then used by any number. page.h
// puts a page together.
class Collector {
 public:
  // `clock` outlives the collector. `self` and `host` may serve several, one after the other.
  Collector(std::shared_ptr<SelfMetrics> self, const Clock& clock,
            std::shared_ptr<host::Host> host);

  // `object` outlives the collector; null for a configuration without one.
  void add_config(const std::string& config, const std::string& sha256,
                  const kernel::Object* object);
  // A configuration in ebpf_exporter's format: what that says about itself is said as well.
  void add_ebpf_exporter_config(const std::string& config) {
    ebpf_exporter_configs_.insert(config);
  }
  // Its sampler, which another collector may take over.
  std::shared_ptr<MapSampler> add_map(MapSource source);
  void add_sampler(std::shared_ptr<MapSampler> sampler);
  // The object's map of lost updates, if it has one: see lost_updates.h.
  void add_lost_updates(const std::string& config, const kernel::MapShape& shape,
                        std::unique_ptr<kernel::MapReader> reader);
  // Adds the metrics about all BPF objects of the system, see inventory_metrics.h; once, however
  // often it is called. Their run statistics are on as long as this object lives.
  void add_inventory();

  // The stream behind a map that carries events; its reader is the one of add_map().
  void add_events(const std::string& config, const std::string& map,
                  std::shared_ptr<const kernel::EventCounts> counts,
                  std::shared_ptr<const EventTotals> totals);

  // Families that several of the maps export together; null where there are none.
  void share_families(std::shared_ptr<const decode::SharedFamilies> families) {
    shared_ = std::move(families);
  }
  const std::shared_ptr<const decode::SharedFamilies>& shared_families() const { return shared_; }
  // Their text, of these samples; made once for all pages of the same ones.
  std::shared_ptr<SharedText> shared_text(const SharedText::Samples& samples)
      BPFMAP_EXCLUDES(shared_mutex_);

  // The parts of a page. A sample of the map of that number among samplers(), null after a cancel;
  // may grow for a while, and beyond the deadline, for which see map_sampler.h.
  std::shared_ptr<const MapSample> fresh_or_growing(
      std::size_t map, std::optional<TimePoint> deadline = std::nullopt);
  // On a page that leaves out these of samplers() for want of time.
  exposition::Body own_metrics(exposition::Format format,
                               const std::vector<std::size_t>& left_out = {});

  // A scrape begins.
  void count_scrape(Representation as);

  // The names of the configurations.
  std::vector<std::string> config_names() const;

  // Every map was walked once, successfully or not.
  bool ready() const;

  const std::vector<std::shared_ptr<MapSampler>>& samplers() const { return samplers_; }

 private:
  const Clock& clock_;
  std::shared_ptr<host::Host> host_;
  std::shared_ptr<SelfMetrics> self_;
  std::vector<std::pair<std::string, std::string>> configs_;  // names and hashes
  std::set<std::string> ebpf_exporter_configs_;
  std::shared_ptr<ProgramMetrics> programs_;
  std::shared_ptr<LostUpdates> lost_updates_;
  std::shared_ptr<EventMetrics> events_;
  std::shared_ptr<InventoryMetrics> inventory_;  // null where no configuration wants it
  std::vector<std::shared_ptr<MapSampler>> samplers_;
  std::shared_ptr<const decode::SharedFamilies> shared_;
  Mutex shared_mutex_;
  std::shared_ptr<SharedText> shared_text_ BPFMAP_GUARDED_BY(shared_mutex_);  // the newest
};

}  // namespace bpfmap::collect
