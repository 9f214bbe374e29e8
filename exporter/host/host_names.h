// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/host.h"

namespace bpfmap::host {

class CgroupView;
class PodSnapshot;

// Names the kernel can change at any time: of network interfaces and block devices. Each table is
// read at its first use in a rendering and kept until the next rendering begins, so that a renamed
// interface is right in the next sample, and no number of unknown indexes makes a rendering read a
// table twice. Bounded. A table that cannot be read keeps what it held, and the log says so once.
//
// One thread at a time: every thread that renders has its own.
class HostNames {
 public:
  static constexpr std::size_t kMaxInterfaceName = 15;  // IFNAMSIZ, without the NUL
  static constexpr std::size_t kMaxBlockDeviceName =
      63;  // the kernel's DISK_NAME_LEN, and a partition number
  static constexpr std::size_t kMaxRows = 65536;  // of each table; what is behind has no name

  struct Row {
    std::uint64_t id = 0;
    std::string name;
  };
  // A whole table; nothing where the system refuses.
  using Source = std::function<std::optional<std::vector<Row>>()>;

  struct Name {
    std::string text;        // bytes as the kernel has them
    bool ambiguous = false;  // looks like what is written for something without a name
  };

  // The tables of this host: interfaces of the process' network namespace, and /proc/partitions.
  explicit HostNames(std::shared_ptr<Host> host);
  // For tests. The ids of `block_devices` are made by device_id().
  HostNames(Source interfaces, Source block_devices);
  ~HostNames();

  // What all renderings share.
  Host& shared() const { return *host_; }
  CgroupView& cgroups() { return *cgroups_; }
  // Of one time, all through a rendering. Empty where no kubelet is asked, which the log says once.
  const PodSnapshot& pods();

  // Marks the tables as stale and reads nothing.
  void begin_rendering();

  // Null where there is no such thing (any more). Valid until the next call of any member. No two
  // ids of a table have the same name: where the kernel's answer (not atomic) says so, the higher
  // id has none.
  const Name* interface(std::uint32_t index) { return interfaces_.find(index); }
  const Name* block_device(std::uint32_t major, std::uint32_t minor) {
    return block_devices_.find(device_id(major, minor));
  }

  static constexpr std::uint64_t device_id(std::uint32_t major, std::uint32_t minor) {
    return std::uint64_t{major} << 32 | minor;
  }

 private:
  HostNames(std::shared_ptr<Host> host, Source interfaces, Source block_devices);

  class Table {
   public:
    struct Kind {
      const char* what;             // for the log
      std::size_t max_name;         // names beyond are left out
      const char* ambiguous_bytes;  // a name of nothing but these is ambiguous
    };
    Table(Kind kind, Source source) : kind_(kind), source_(std::move(source)) {}

    void mark_stale() { is_stale_ = true; }
    const Name* find(std::uint64_t id) {
      if (is_stale_) load();
      return lookup(id);
    }

   private:
    struct Entry {
      std::uint64_t id;
      Name name;
    };
    void load();
    void take(std::vector<Row> rows);
    const Name* lookup(std::uint64_t id) const;

    Kind kind_;
    Source source_;
    std::vector<Entry> entries_;  // sorted by id
    bool is_stale_ = true;
    bool is_failing_ = false;
  };

  std::shared_ptr<Host> host_;
  std::unique_ptr<CgroupView> cgroups_;
  std::shared_ptr<const PodSnapshot> pods_;  // null: not asked yet
  Table interfaces_;
  Table block_devices_;
};

}  // namespace bpfmap::host
