// SPDX-License-Identifier: Apache-2.0
#include "host/host.h"

#include <utility>

#include "host/cgroups.h"
#include "host/host_names.h"
#include "host/name_sources.h"
#include "host/pod_names.h"

namespace bpfmap::host {
namespace {

constexpr TableKind kInterfaces{"interfaces", "network interfaces", HostNames::kMaxInterfaceName,
                                "-0123456789"};
constexpr TableKind kBlockDevices{"block_devices", "block devices", HostNames::kMaxBlockDeviceName,
                                  "0123456789:"};

}  // namespace

Host::Host(HostOptions options)
    : Host(
          read_interfaces, [] { return read_partitions(kPartitionsPath); }, std::move(options)) {}

Host::Host(Source interfaces, Source block_devices, HostOptions options)
    : tables_{std::make_unique<SharedTable>(kInterfaces, std::move(interfaces)),
              std::make_unique<SharedTable>(kBlockDevices, std::move(block_devices))},
      cgroups_(std::make_unique<Cgroups>(std::move(options.cgroups), clock_)) {
  if (!options.kubelet) return;
  pods_ = std::make_unique<PodNames>(*std::move(options.kubelet), clock_);
}

Host::~Host() = default;

std::vector<CacheStatistics> Host::statistics() const {
  std::vector<CacheStatistics> all;
  for (const auto& table : tables_) all.push_back(table->statistics());
  all.push_back(cgroups_->statistics());
  return all;
}

}  // namespace bpfmap::host
