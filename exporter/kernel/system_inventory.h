// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "kernel/entry_counts.h"
#include "kernel/inventory.h"
#include "kernel/program_list.h"
#include "kernel/run_statistics.h"

namespace bpfmap::kernel {

// The inventory of the running system. As long as this object lives, the kernel counts runs of
// programs, and an iterator over maps is loaded. Needs CAP_SYS_ADMIN at each reading.
class SystemInventory final : public InventorySource {
 public:
  // What the kernel refuses is logged and left out: then run counts stand still, or maps have no
  // numbers of entries.
  SystemInventory();

  Inventory read() override;

 private:
  EntryCounts::ById read_counts();

  std::optional<RunStatistics> statistics_;
  std::optional<EntryCounts> counts_;
  bool counts_failed_ = false;  // the log says so once per change
  ProgramList programs_;
  double boot_time_seconds_ = 0;
};

}  // namespace bpfmap::kernel
