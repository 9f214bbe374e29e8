// SPDX-License-Identifier: Apache-2.0
#include "collect/lost_updates.h"

#include <cstring>
#include <optional>

#include "collect/self/family_builder.h"

namespace bpfmap::collect {
namespace {

// The sum over all CPUs; nothing where the map cannot be read.
std::optional<double> total_of(kernel::MapReader& reader) {
  reader.rewind();
  kernel::RowBlock block(reader.shape(), 1);
  if (!reader.next_batch(block) || block.count() != 1) return std::nullopt;
  double total = 0;
  for (std::uint32_t cpu = 0; cpu < block.cpus(); ++cpu) {
    std::uint64_t lost = 0;
    std::memcpy(&lost, block.value(0) + std::size_t{cpu} * block.cpu_stride(), sizeof(lost));
    total += static_cast<double>(lost);
  }
  return total;
}

}  // namespace

void LostUpdates::add_map(const std::string& config, const kernel::MapShape& shape,
                          std::unique_ptr<kernel::MapReader> reader) {
  if (shape.value_size != sizeof(std::uint64_t) || shape.max_entries != 1) return;
  const MutexLock lock(mutex_);
  maps_.push_back({config, std::move(reader)});
}

std::vector<prometheus::MetricFamily> LostUpdates::Collect() const {
  auto family = make_family("bpfmap_exporter_lost_updates_total",
                            "Updates that the object's programs could not make in full maps.",
                            prometheus::MetricType::Counter);
  const MutexLock lock(mutex_);
  for (const Map& map : maps_) {
    const auto total = total_of(*map.reader);
    if (total) add_sample(family, {{"config", map.config}}, *total);
  }
  return {std::move(family)};
}

}  // namespace bpfmap::collect
