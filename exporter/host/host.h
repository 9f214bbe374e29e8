// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "host/cache_statistics.h"
#include "host/host_options.h"
#include "host/name_table.h"

namespace bpfmap::host {

class Cgroups;
class PodNames;

// The tables that are read as a whole; host.cpp says where each comes from.
enum class TableId : std::uint8_t { kInterfaces, kBlockDevices };
inline constexpr std::size_t kTables = 2;

// What is known of this host and shared by everything that makes labels: all that is too large, or
// too dear to find out, to be read for each rendering. Lives as long as the process, across
// reloads of the configuration. Thread-safe.
//
// A cache is a class of its own, which this one owns, hands out and lists in statistics().
class Host {
 public:
  explicit Host(HostOptions options = {});
  // For tests: other sources for the tables of the kernel.
  Host(Source interfaces, Source block_devices, HostOptions options = {});
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  SharedTable& table(TableId id) { return *tables_[static_cast<std::size_t>(id)]; }

  Cgroups& cgroups() { return *cgroups_; }
  // Null where no kubelet is asked.
  const PodNames* pods() const { return pods_.get(); }

  // Of every cache, in no particular order.
  std::vector<CacheStatistics> statistics() const;

 private:
  const SteadyClock clock_{};
  std::array<std::unique_ptr<SharedTable>, kTables> tables_;
  std::unique_ptr<Cgroups> cgroups_;
  std::unique_ptr<PodNames> pods_;
};

}  // namespace bpfmap::host
