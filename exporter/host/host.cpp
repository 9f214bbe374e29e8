// SPDX-License-Identifier: Apache-2.0
#include "host/host.h"

#include <utility>

#include "host/cgroups.h"
#include "host/file_text.h"
#include "host/name_sources.h"
#include "host/pod_names.h"
#include "host/system_sources.h"

namespace bpfmap::host {
namespace {

constexpr const char* kDecimal = "-0123456789";

std::unique_ptr<SharedTable> make_table(TableId id, Source interfaces, Source block_devices) {
  const auto make = [id](const char* cache, const char* what, const char* ambiguous, bool repeats,
                         Source source, ChangeTest may_have_changed = nullptr) {
    return std::make_unique<SharedTable>(TableKind{cache, what, max_name(id), ambiguous, repeats},
                                         std::move(source), std::move(may_have_changed));
  };
  switch (id) {
    case TableId::kInterfaces:
      return make("interfaces", "network interfaces", kDecimal, false, std::move(interfaces));
    case TableId::kBlockDevices:
      return make("block_devices", "block devices", "0123456789:", false, std::move(block_devices));
    case TableId::kUsers:
      return make(
          "users", "users", kDecimal, true, [] { return read_accounts(kPasswdPath); },
          FileChange(kPasswdPath));
    case TableId::kGroups:
      return make(
          "groups", "groups", kDecimal, true, [] { return read_accounts(kGroupPath); },
          FileChange(kGroupPath));
    case TableId::kInterrupts:
      return make("interrupts", "interrupts", kDecimal, true,
                  [] { return read_interrupts(kIrqPath); });
    case TableId::kNumaNodes:
      return make("numa_nodes", "NUMA nodes", "", true, [] { return read_numa_nodes(kNodePath); });
    case TableId::kNamespaces:
      return make("namespaces", "namespaces", "", true, [] { return read_namespaces(kProcPath); });
  }
  return nullptr;
}

}  // namespace

Host::Host(HostOptions options)
    : Host(
          read_interfaces, [] { return read_partitions(kPartitionsPath); }, std::move(options)) {}

Host::Host(const Source& interfaces, const Source& block_devices, HostOptions options,
           std::unique_ptr<KernelSymbols> kernel_symbols)
    : processes_(std::make_unique<ProcessNames>()),
      pci_ids_(std::make_unique<PciIds>()),
      kernel_symbols_(std::move(kernel_symbols)),
      cgroups_(std::make_unique<Cgroups>(std::move(options.cgroups), clock_)) {
  for (std::size_t i = 0; i < kTables; ++i) {
    tables_[i] = make_table(static_cast<TableId>(i), interfaces, block_devices);
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
