// SPDX-License-Identifier: Apache-2.0
#include "host/host.h"

#include <utility>

#include "host/cgroups.h"
#include "host/pod_names.h"
#include "host/tables/file_change.h"
#include "host/tables/host_view.h"
#include "host/tables/name_sources.h"
#include "host/tables/system_sources.h"

namespace bpfmap::host {
namespace {

constexpr const char* kDecimal = "-0123456789";

std::unique_ptr<SharedTable> make_table(TableId id, Source interfaces, Source block_devices,
                                        const HostPaths& paths) {
  const auto make = [id](const char* cache, const char* what, const char* ambiguous, bool repeats,
                         Source source, ChangeTest may_have_changed = nullptr) {
    return std::make_unique<SharedTable>(TableKind{cache, what, max_name(id), ambiguous, repeats},
                                         std::move(source), std::move(may_have_changed));
  };
  const auto make_accounts = [&make](const char* what, const std::string& path) {
    return make(
        what, what, kDecimal, true, [path] { return read_accounts(path); }, FileChange(path));
  };
  switch (id) {
    case TableId::kInterfaces:
      return make("interfaces", "network interfaces", kDecimal, false, std::move(interfaces));
    case TableId::kBlockDevices:
      return make("block_devices", "block devices", "0123456789:", false, std::move(block_devices));
    case TableId::kUsers: return make_accounts("users", paths.in_rootfs(kPasswdPath));
    case TableId::kGroups: return make_accounts("groups", paths.in_rootfs(kGroupPath));
    case TableId::kInterrupts:
      return make("interrupts", "interrupts", kDecimal, true,
                  [path = paths.in_sysfs(kIrqPath)] { return read_interrupts(path); });
    case TableId::kNumaNodes:
      return make("numa_nodes", "NUMA nodes", "", true,
                  [path = paths.in_sysfs(kNodePath)] { return read_numa_nodes(path); });
    case TableId::kNamespaces:
      return make("namespaces", "namespaces", "", true,
                  [path = paths.procfs] { return read_namespaces(path); });
  }
  return nullptr;
}

}  // namespace

Host::Host(const HostOptions& options)
    : Host(
          read_interfaces,
          [path = options.paths.in_procfs(kPartitionsPath)] { return read_partitions(path); },
          options) {}

Host::Host(const Source& interfaces, const Source& block_devices, HostOptions options,
           std::unique_ptr<KernelSymbols> kernel_symbols)
    : paths_(options.paths),
      shows_processes_(shows_host_processes(paths_.procfs)),
      processes_(std::make_unique<ProcessNames>(paths_.procfs)),
      pci_ids_(std::make_unique<PciIds>()),
      kernel_symbols_(kernel_symbols ? std::move(kernel_symbols)
                                     : std::make_unique<KernelSymbols>(paths_)),
      user_symbols_(paths_.procfs) {
  options.cgroups.sysfs = paths_.sysfs;
  cgroups_ = std::make_unique<Cgroups>(std::move(options.cgroups), clock_);
  for (std::size_t i = 0; i < kTables; ++i) {
    tables_[i] = make_table(static_cast<TableId>(i), interfaces, block_devices, paths_);
  }
  if (!options.kubelet) return;
  pods_ = std::make_unique<PodNames>(*std::move(options.kubelet), clock_);
}

Host::~Host() = default;

std::vector<CacheStatistics> Host::statistics() const {
  std::vector<CacheStatistics> all;
  for (const auto& table : tables_) all.push_back(table->statistics());
  all.push_back(processes_->statistics());
  all.push_back(pci_ids_->statistics());
  all.push_back(kernel_symbols_->statistics());
  for (const CacheStatistics& one : user_symbols_.statistics()) all.push_back(one);
  all.push_back(cgroups_->statistics());
  return all;
}

}  // namespace bpfmap::host
