// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "host/host.h"
#include "host/tables/name_table.h"

namespace bpfmap::host {

class CgroupView;
class PodSnapshot;

// The host's names as one rendering sees them. Each table is read at its first use in a rendering
// and kept until the next rendering begins, so that a renamed interface is right in the next
// sample, and no number of unknown indexes makes a rendering read a table twice. Bounded. A table
// that cannot be read keeps what it held, and the log says so once.
//
// One thread at a time: every thread that renders has its own.
class HostNames {
 public:
  static constexpr std::size_t kMaxInterfaceName = max_name(TableId::kInterfaces);
  static constexpr std::size_t kMaxBlockDeviceName = max_name(TableId::kBlockDevices);
  static constexpr std::size_t kMaxRows = NameTable::kMaxRows;  // of each table

  using Row = host::Row;
  using Source = host::Source;
  using Name = host::Name;

  explicit HostNames(std::shared_ptr<Host> host);
  // For tests. The ids of `block_devices` are made by device_id().
  HostNames(const Source& interfaces, const Source& block_devices);
  ~HostNames();

  // What all renderings share.
  Host& shared() const { return *host_; }

  CgroupView& cgroups() { return *cgroups_; }
  // Of one time, all through a rendering. Empty where no kubelet is asked, which the log says once.
  const PodSnapshot& pods();

  // Marks the tables as stale and reads nothing.
  void begin_rendering();
  // Adds what was looked up to the statistics of the caches.
  void end_rendering();

  // Null where there is no such thing (any more). Valid until the next rendering begins.
  const Name* find(TableId table, std::uint64_t id) {
    return views_[static_cast<std::size_t>(table)].find(id);
  }
  const Name* interface(std::uint32_t index) { return find(TableId::kInterfaces, index); }
  const Name* block_device(std::uint32_t major, std::uint32_t minor) {
    return find(TableId::kBlockDevices, device_id(major, minor));
  }

  // Of a process or thread; empty where there was never one, and where the exporter does
  // not see them.
  ShortName process(std::uint32_t pid) {
    return host_->shows_processes() ? host_->processes().find(pid, begun_) : ShortName();
  }

 private:
  std::shared_ptr<Host> host_;
  std::array<TableView, kTables> views_;
  TimePoint begun_;  // the rendering
  std::unique_ptr<CgroupView> cgroups_;
  std::shared_ptr<const PodSnapshot> pods_;  // null: not asked yet
};

}  // namespace bpfmap::host
