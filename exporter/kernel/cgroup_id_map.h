// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "base/capabilities.h"

namespace bpfmap::kernel {

struct CgroupIdMapOptions {
  std::string map;             // for messages
  std::uint32_t map_type = 0;  // a hash, or BPF_MAP_TYPE_CGRP_STORAGE
  int fd = -1;                 // of the map, whose keys are ids (u64) and whose values are u64
  // Which cgroups belong into it, by their full path ("/sys/fs/cgroup/system.slice").
  std::function<bool(const std::string& path)> matches;
};

// Why a map cannot hold the ids of cgroups; empty where it can.
std::string why_no_cgroup_ids(std::uint32_t map_type, std::uint32_t key_size,
                              std::uint32_t value_size);

// What a thread needs to write to a map by its descriptor: CAP_BPF, and nothing since Linux 5.19.
CapabilitySet capabilities_to_write_maps();

// A map that holds 1 for the id of each cgroup that matches, and nothing for others, so that BPF
// programs look at these alone. Is told of cgroups that come and go, and writes. What cannot be
// written is logged, once as long as nothing can, and written when others have made room. The map
// outlives it. One thread at a time.
class CgroupIdMap {
 public:
  explicit CgroupIdMap(CgroupIdMapOptions options) : options_(std::move(options)) {}

  // A cgroup that is there. Whatever the map has for one that does not match goes: another
  // configuration for the same object may have left it behind.
  void add(const std::string& path, std::uint64_t id);
  // It is gone.
  void remove(std::uint64_t id);

 private:
  bool is_storage() const;
  bool write(const std::string& path, std::uint64_t id);
  int update(const std::string& path, std::uint64_t id) const;

  const CgroupIdMapOptions options_;
  std::set<std::uint64_t> written_;
  std::map<std::uint64_t, std::string> waiting_;  // that could not be written, with their paths
  bool failed_ = false;                           // the last write did, which was logged
};

}  // namespace bpfmap::kernel
