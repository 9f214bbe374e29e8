// SPDX-License-Identifier: Apache-2.0
#include "collect/collector.h"

#include <algorithm>

#include "collect/process_metrics.h"
#include "collect/registry_text.h"
#include "exposition/gzip.h"

namespace bpfmap::collect {

Collector::Collector(const std::string& version, const Clock& clock)
    : clock_(clock),
      self_(version),
      programs_(std::make_shared<ProgramMetrics>()),
      lost_updates_(std::make_shared<LostUpdates>()),
      events_(std::make_shared<EventMetrics>()) {
  self_.add_collectable(programs_);
  self_.add_collectable(lost_updates_);
  self_.add_collectable(events_);
  self_.add_collectable(std::make_shared<ProcessMetrics>());
}

void Collector::add_config(const std::string& config, const std::string& sha256,
                           const kernel::Object* object) {
  self_.add_config(config, sha256);
  if (object != nullptr) programs_->add_object(config, *object);
}

void Collector::add_map(MapSource source) {
  SampleObserver& observer = self_.add_map(source.config, source.map, source.shape.max_entries);
  samplers_.push_back(std::make_unique<MapSampler>(std::move(source), clock_, observer));
}

void Collector::add_lost_updates(const std::string& config, const kernel::MapShape& shape,
                                 std::unique_ptr<kernel::MapReader> reader) {
  lost_updates_->add_map(config, shape, std::move(reader));
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

std::vector<std::shared_ptr<const MapSample>> Collector::fresh_samples() {
  std::vector<std::shared_ptr<const MapSample>> samples;
  for (const auto& sampler : samplers_) {
    std::shared_ptr<const MapSample> sample = sampler->fresh();
    if (sample == nullptr) continue;
    const MapSource& source = sampler->source();
    self_.set_sample_age(source.config, source.map, to_seconds(clock_.now() - sample->started()));
    samples.push_back(std::move(sample));
  }
  return samples;
}

exposition::Body Collector::own_metrics() {
  exposition::BodyWriter writer;
  write_text(self_.collect(), writer);
  return writer.finish();
}

exposition::Body Collector::text_page() {
  self_.count_scrape("text", "identity");
  exposition::Body page;
  for (const auto& sample : fresh_samples()) page.append(sample->text().body);
  page.append(own_metrics());
  return page;
}

exposition::Body Collector::gzip_text_page() {
  self_.count_scrape("text", "gzip");
  const auto samples = fresh_samples();
  std::vector<const exposition::Deflated*> fragments;
  fragments.reserve(samples.size() + 1);
  for (const auto& sample : samples) fragments.push_back(&sample->deflated_text());
  const exposition::Deflated own = exposition::deflate_fragment(own_metrics());
  fragments.push_back(&own);
  return exposition::join_gzip(fragments);
}

}  // namespace bpfmap::collect
