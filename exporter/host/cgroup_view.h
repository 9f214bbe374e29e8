// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "host/cgroups.h"

namespace bpfmap::host {

// What one rendering sees of the cgroups: each id has the same name in all of it, and is looked for
// outside of the snapshot at most once. Reads nothing before it is asked. One thread at a time.
class CgroupView {
 public:
  explicit CgroupView(Cgroups& cgroups) : cgroups_(cgroups) {}
  ~CgroupView() { count(); }
  CgroupView(const CgroupView&) = delete;
  CgroupView& operator=(const CgroupView&) = delete;

  void begin_rendering();
  // Adds what was looked up to the statistics of the caches.
  void count();

  struct Found {
    const Cgroup* cgroup = nullptr;  // null: there is none. Valid until the next rendering
    bool is_ambiguous = true;        // its path may be that of another id, too
    bool is_hidden = false;          // not all cgroups are seen: there may well be one
  };
  Found find(std::string_view hierarchy, std::uint64_t id);

 private:
  struct Part {
    std::string name;
    CgroupTree& tree;
    std::shared_ptr<const CgroupSnapshot> snapshot;  // null: not asked yet
    std::unordered_map<std::uint64_t, CgroupPtr> resolved;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
  };
  Part& part_of(std::string_view hierarchy);
  static Found resolve(Part& part, std::uint64_t id);

  Cgroups& cgroups_;
  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace bpfmap::host
