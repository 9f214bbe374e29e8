// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "host/host_options.h"
#include "host/kernel_symbols.h"
#include "host/tables/cache_statistics.h"
#include "host/tables/name_table.h"
#include "host/tables/pci_ids.h"
#include "host/tables/process_names.h"
#include "host/user_symbols.h"

namespace bpfmap::host {

class Cgroups;
class PodNames;

// The tables that are read as a whole; host.cpp says where each comes from.
enum class TableId : std::uint8_t {
  kInterfaces,
  kBlockDevices,
  kUsers,
  kGroups,
  kInterrupts,
  kNumaNodes,
  kNamespaces,
};
inline constexpr std::size_t kTables = 7;

// Longer names than this are left out of a table.
constexpr std::size_t max_name(TableId id) {
  switch (id) {
    case TableId::kInterfaces: return 15;    // IFNAMSIZ, without the NUL
    case TableId::kBlockDevices: return 63;  // DISK_NAME_LEN, and a partition number
    case TableId::kUsers:
    case TableId::kGroups:
    case TableId::kInterrupts: return 255;
    case TableId::kNumaNodes:
    case TableId::kNamespaces: return 10;
  }
  return 0;
}

// What is known of this host and shared by everything that makes labels: all that is too large, or
// too dear to find out, to be read for each rendering. Lives as long as the process, across
// reloads of the configuration. Thread-safe.
//
// A cache is a class of its own, which this one owns, hands out and lists in statistics().
class Host {
 public:
  explicit Host(const HostOptions& options = {});
  // For tests: other sources for the tables of the kernel, and other symbols unless they are null.
  Host(const Source& interfaces, const Source& block_devices, HostOptions options = {},
       std::unique_ptr<KernelSymbols> kernel_symbols = nullptr);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  SharedTable& table(TableId id) { return *tables_[static_cast<std::size_t>(id)]; }

  // Whether the ids of processes that BPF programs get are those of --path.procfs. As it was
  // when this was made: a process stays in its namespace. Where they are not, the two below
  // know no process.
  bool shows_processes() const { return shows_processes_; }
  const HostPaths& paths() const { return paths_; }

  ProcessNames& processes() { return *processes_; }
  PciIds& pci_ids() { return *pci_ids_; }
  KernelSymbols& kernel_symbols() { return *kernel_symbols_; }
  UserSymbols& user_symbols() { return user_symbols_; }
  Cgroups& cgroups() { return *cgroups_; }
  const Cgroups& cgroups() const { return *cgroups_; }
  // Null where no kubelet is asked.
  const PodNames* pods() const { return pods_.get(); }

  // Of every cache, in no particular order.
  std::vector<CacheStatistics> statistics() const;

 private:
  const SteadyClock clock_{};
  const HostPaths paths_;
  const bool shows_processes_;
  std::array<std::unique_ptr<SharedTable>, kTables> tables_;
  std::unique_ptr<ProcessNames> processes_;
  std::unique_ptr<PciIds> pci_ids_;
  std::unique_ptr<KernelSymbols> kernel_symbols_;
  UserSymbols user_symbols_;
  std::unique_ptr<Cgroups> cgroups_;
  std::unique_ptr<PodNames> pods_;
};

}  // namespace bpfmap::host
