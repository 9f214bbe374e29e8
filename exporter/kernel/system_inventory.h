// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/boot_clocks.h"
#include "kernel/inventory.h"
#include "kernel/inventory/entry_counts.h"
#include "kernel/inventory/program_list.h"
#include "kernel/inventory/run_statistics.h"

namespace bpfmap::kernel {

// The inventory of the running system. As long as this object lives, the kernel counts runs of
// programs, and an iterator over maps is loaded. Needs CAP_SYS_ADMIN at each reading. One thread
// at a time.
class SystemInventory final : public InventorySource {
 public:
  // What the kernel refuses is logged and left out: then run counts stand still, or maps have no
  // numbers of entries.
  // `procfs` has the processes that hold programs, maps and links.
  explicit SystemInventory(std::string procfs = "/proc");

  Inventory read() override;

 private:
  EntryCounts::ById read_counts();

  std::optional<RunStatistics> statistics_;
  std::optional<EntryCounts> counts_;
  bool counts_failed_ = false;  // the log says so once per change
  ProgramList programs_;
  const std::string procfs_;
  BootClocks clocks_;
};

}  // namespace bpfmap::kernel
