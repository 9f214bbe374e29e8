// SPDX-License-Identifier: Apache-2.0
#include "collect/collector.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

#include "collect/self/cache_metrics.h"
#include "collect/self/ebpf_exporter_metrics.h"
#include "collect/self/family_builder.h"
#include "collect/self/host_metrics.h"
#include "collect/self/inventory_metrics.h"
#include "collect/self/write_registry.h"
#include "kernel/system_inventory.h"

namespace bpfmap::collect {

namespace {

prometheus::MetricFamily config_info(
    const std::vector<std::pair<std::string, std::string>>& configs) {
  auto family = make_family("bpfmap_exporter_config_info", "Configurations that are loaded.",
                            prometheus::MetricType::Gauge);
  for (const auto& [name, sha256] : configs) {
    add_sample(family, {{"config", name}, {"sha256", sha256}}, 1);
  }
  return family;
}

void append(std::vector<prometheus::MetricFamily> from, std::vector<prometheus::MetricFamily>& to) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

}  // namespace

Collector::Collector(std::shared_ptr<SelfMetrics> self, const Clock& clock,
                     std::shared_ptr<host::Host> host)
    : clock_(clock),
      host_(std::move(host)),
      self_(std::move(self)),
      programs_(std::make_shared<ProgramMetrics>()),
      lost_updates_(std::make_shared<LostUpdates>()),
      events_(std::make_shared<EventMetrics>()) {}

void Collector::add_config(const std::string& config, const std::string& sha256,
                           const kernel::Object* object) {
  configs_.emplace_back(config, sha256);
  if (object != nullptr) programs_->add_object(config, *object);
}

std::shared_ptr<MapSampler> Collector::add_map(MapSource source) {
  // They go in the opposite order: the observer counts for its sampler, in metrics of `self`.
  struct Observed {
    std::shared_ptr<SelfMetrics> self;
    std::shared_ptr<SampleObserver> observer;
    MapSampler sampler;
  };
  auto observer = self_->observe_map(source.config, source.map);
  SampleObserver& observing = *observer;
  const std::shared_ptr<Observed> observed(new Observed{
      self_, std::move(observer), MapSampler(std::move(source), clock_, observing, host_)});
  samplers_.emplace_back(observed, &observed->sampler);
  return samplers_.back();
}

void Collector::add_sampler(std::shared_ptr<MapSampler> sampler) {
  samplers_.push_back(std::move(sampler));
}

void Collector::add_lost_updates(const std::string& config, const kernel::MapShape& shape,
                                 std::unique_ptr<kernel::MapReader> reader) {
  lost_updates_->add_map(config, shape, std::move(reader));
}

void Collector::add_inventory() {
  if (inventory_ != nullptr) return;
  inventory_ = std::make_shared<InventoryMetrics>(
      std::make_unique<kernel::SystemInventory>(host_->paths().procfs), clock_);
}

void Collector::add_events(const std::string& config, const std::string& map,
                           std::shared_ptr<const kernel::EventCounts> counts,
                           std::shared_ptr<const EventTotals> totals) {
  events_->add_stream(config, map, std::move(counts), std::move(totals));
}

bool Collector::ready() const {
  return std::all_of(samplers_.begin(), samplers_.end(),
                     [](const auto& sampler) { return sampler->latest() != nullptr; });
}

std::vector<std::string> Collector::config_names() const {
  std::vector<std::string> names;
  for (const auto& [name, sha256] : configs_) names.push_back(name);
  return names;
}

std::shared_ptr<const MapSample> Collector::fresh_or_growing(std::size_t map,
                                                             std::optional<TimePoint> deadline) {
  MapSampler& sampler = *samplers_[map];
  std::shared_ptr<const MapSample> sample =
      deadline ? sampler.fresh_or_growing(*deadline) : sampler.fresh_or_growing();
  if (sample != nullptr) {
    const MapSource& source = sampler.source();
    self_->set_sample_age(source.config, source.map, to_seconds(clock_.now() - sample->started()));
  }
  return sample;
}

std::shared_ptr<SharedText> Collector::shared_text(const SharedText::Samples& samples) {
  const MutexLock lock(shared_mutex_);
  if (shared_text_ == nullptr || !shared_text_->is_of(samples)) {
    shared_text_ = std::make_shared<SharedText>(shared_, samples);
  }
  return shared_text_;
}

exposition::Body Collector::own_metrics(exposition::Format format,
                                        const std::vector<std::size_t>& left_out) {
  std::vector<prometheus::MetricFamily> families = self_->collect();
  for (const std::size_t map : left_out) {
    const MapSource& source = samplers_[map]->source();
    SelfMetrics::show_failure(source.config, source.map, families);
  }
  families.push_back(config_info(configs_));
  append(programs_->Collect(), families);
  append(lost_updates_->Collect(), families);
  append(events_->Collect(), families);
  append(cache_families(*host_), families);
  families.push_back(visible_ids_family(*host_));
  append(ebpf_exporter_families(families, ebpf_exporter_configs_), families);
  if (inventory_ != nullptr) append(inventory_->Collect(), families);
  return write_registry(families, format);
}

void Collector::count_scrape(Representation as) {
  self_->count_scrape(std::string(exposition::format_name(as.format)),
                      as.encoding == Encoding::kGzip ? "gzip" : "identity");
}

}  // namespace bpfmap::collect
