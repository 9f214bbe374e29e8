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

Host::Host(Source interfaces, Source block_devices)
    : tables_{std::make_unique<SharedTable>(kInterfaces, std::move(interfaces)),
              std::make_unique<SharedTable>(kBlockDevices, std::move(block_devices))} {}

Host::~Host() = default;

std::vector<CacheStatistics> Host::statistics() const {
  std::vector<CacheStatistics> all;
  for (const auto& table : tables_) all.push_back(table->statistics());
  return all;
}

}  // namespace bpfmap::host
