// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/collectable.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "kernel/inventory.h"

namespace bpfmap::collect {

// bpf_*: all BPF programs, maps and links of the system; docs/inventory.md lists the names. One
// look at the system serves all scrapes within `max_age`. A list that cannot be made leaves its
// families out, and the log says so once. Thread-safe.
class InventoryMetrics final : public prometheus::Collectable {
 public:
  // `clock` outlives this object.
  InventoryMetrics(std::unique_ptr<kernel::InventorySource> source, const Clock& clock,
                   Duration max_age = std::chrono::seconds(1));

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  using Families = std::vector<prometheus::MetricFamily>;

  Families sample() const BPFMAP_REQUIRES(mutex_);

  const Clock& clock_;
  const Duration max_age_;
  mutable Mutex mutex_;  // held during a look at the system: scrapes that wait get the same sample
  const std::unique_ptr<kernel::InventorySource> source_ BPFMAP_GUARDED_BY(mutex_);
  mutable bool sampled_ BPFMAP_GUARDED_BY(mutex_) = false;
  mutable TimePoint started_ BPFMAP_GUARDED_BY(mutex_){};
  mutable Families families_ BPFMAP_GUARDED_BY(mutex_);
  mutable std::array<bool, 4> failing_ BPFMAP_GUARDED_BY(mutex_){};  // a list each
};

}  // namespace bpfmap::collect
