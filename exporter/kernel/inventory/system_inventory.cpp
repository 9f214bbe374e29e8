// SPDX-License-Identifier: Apache-2.0
#include "kernel/system_inventory.h"

#include <utility>

#include "base/log.h"
#include "kernel/inventory/link_list.h"
#include "kernel/inventory/map_list.h"
#include "kernel/inventory/object_owners.h"

namespace bpfmap::kernel {

SystemInventory::SystemInventory(std::string procfs) : procfs_(std::move(procfs)) {
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
  return Inventory{programs_.read(), list_maps(read_counts()), list_links(), find_owners(procfs_),
                   static_cast<double>(clocks_.now().boot) / 1e9};
}

}  // namespace bpfmap::kernel
