// SPDX-License-Identifier: Apache-2.0
#include "kernel/system_inventory.h"

#include <ctime>
#include <utility>

#include "base/log.h"
#include "kernel/link_list.h"
#include "kernel/map_list.h"
#include "kernel/object_owners.h"

namespace bpfmap::kernel {
namespace {

double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

// The boot time is taken once: it would differ a little each time, and times of loading with it.
SystemInventory::SystemInventory()
    : boot_time_seconds_(seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME)) {
  if (auto statistics = RunStatistics::enable()) {
    statistics_ = std::move(*statistics);
  } else {
    log::warning("runs of BPF programs are not counted", {{"error", statistics.error().message()}});
  }
  if (auto counts = EntryCounts::open()) {
    counts_ = std::move(*counts);
  } else {
    log::info("the inventory has no numbers of entries of maps",
              {{"why", counts.error().message()}});
  }
}

EntryCounts::ById SystemInventory::read_counts() {
  if (!counts_) return {};
  auto counts = counts_->read();
  if (!counts && !counts_failed_) {
    log::warning("numbers of entries of maps cannot be read",
                 {{"error", counts.error().message()}});
  }
  counts_failed_ = !counts;
  return counts ? std::move(*counts) : EntryCounts::ById();
}

Inventory SystemInventory::read() {
  return Inventory{programs_.read(), list_maps(read_counts()), list_links(), find_owners(),
                   boot_time_seconds_};
}

}  // namespace bpfmap::kernel
