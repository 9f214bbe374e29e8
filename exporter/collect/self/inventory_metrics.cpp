// SPDX-License-Identifier: Apache-2.0
#include "collect/self/inventory_metrics.h"

#include <iterator>
#include <utility>

#include "base/log.h"
#include "collect/self/family_builder.h"
#include "collect/self/inventory_families.h"

namespace bpfmap::collect {
namespace {

using Families = std::vector<prometheus::MetricFamily>;

// The lists of an inventory, by the label `list` of bpf_inventory_success.
enum List : std::size_t { kPrograms, kMaps, kLinks, kOwners };
constexpr const char* kNames[] = {"programs", "maps", "links", "owners"};

void append(Families& to, Families from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void log_change(const char* list, const Error* error, bool was_failing) {
  if (error != nullptr && !was_failing) {
    log::error("BPF objects cannot be listed; their metrics are left out until they can",
               {{"list", list}, {"error", error->message()}});
  } else if (error == nullptr && was_failing) {
    log::info("BPF objects can be listed again", {{"list", list}});
  }
}

template <typename T>
const Error* error_of(const Result<T>& list) {
  return list ? nullptr : &list.error();
}

}  // namespace

InventoryMetrics::InventoryMetrics(std::unique_ptr<kernel::InventorySource> source,
                                   const Clock& clock, Duration max_age)
    : clock_(clock), max_age_(max_age), source_(std::move(source)) {}

Families InventoryMetrics::Collect() const {
  // Measured from the call, as with maps: a scrape that has waited for a sample takes it.
  const TimePoint oldest = clock_.now() - max_age_;
  const MutexLock lock(mutex_);
  if (!sampled_ || started_ < oldest) {
    const TimePoint started = clock_.now();
    families_ = sample();
    started_ = started;
    sampled_ = true;
    auto duration = make_family("bpf_inventory_duration_seconds", "Time it took to list all of it.",
                                prometheus::MetricType::Gauge);
    add_sample(duration, {}, to_seconds(clock_.now() - started));
    families_.push_back(std::move(duration));
  }
  return families_;
}

Families InventoryMetrics::sample() const {
  const kernel::Inventory inventory = source_->read();
  Families families;
  if (inventory.programs) {
    append(families, program_families(*inventory.programs, inventory.boot_time_seconds));
  }
  if (inventory.maps) append(families, map_families(*inventory.maps));
  if (inventory.links) append(families, link_families(*inventory.links));
  if (inventory.owners) append(families, owner_families(*inventory.owners));

  auto success = make_family("bpf_inventory_success", "Whether these could be listed.",
                             prometheus::MetricType::Gauge);
  const std::array<const Error*, 4> errors{error_of(inventory.programs), error_of(inventory.maps),
                                           error_of(inventory.links), error_of(inventory.owners)};
  for (const List list : {kPrograms, kMaps, kLinks, kOwners}) {
    add_sample(success, {{"list", kNames[list]}}, errors[list] == nullptr ? 1 : 0);
    log_change(kNames[list], errors[list], failing_[list]);
    failing_[list] = errors[list] != nullptr;
  }
  families.push_back(std::move(success));
  return families;
}

}  // namespace bpfmap::collect
