// SPDX-License-Identifier: Apache-2.0
#include "host/host.h"

#include <utility>

#include "host/host_names.h"
#include "host/name_sources.h"

namespace bpfmap::host {
namespace {

constexpr TableKind kInterfaces{"interfaces", "network interfaces", HostNames::kMaxInterfaceName,
                                "-0123456789"};
constexpr TableKind kBlockDevices{"block_devices", "block devices", HostNames::kMaxBlockDeviceName,
                                  "0123456789:"};

}  // namespace

Host::Host() : Host(read_interfaces, [] { return read_partitions(kPartitionsPath); }) {}

Host::Host(Source interfaces, Source block_devices, std::unique_ptr<KernelSymbols> kernel_symbols)
    : tables_{std::make_unique<SharedTable>(kInterfaces, std::move(interfaces)),
              std::make_unique<SharedTable>(kBlockDevices, std::move(block_devices))},
      kernel_symbols_(std::move(kernel_symbols)) {}

Host::~Host() = default;

std::vector<CacheStatistics> Host::statistics() const {
  std::vector<CacheStatistics> all;
  for (const auto& table : tables_) all.push_back(table->statistics());
  all.push_back(kernel_symbols_->statistics());
  for (const CacheStatistics& one : user_symbols_.statistics()) all.push_back(one);
  return all;
}

}  // namespace bpfmap::host
