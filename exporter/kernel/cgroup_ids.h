// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bpfmap::kernel {

struct CgroupIdsOptions {
  std::string map;             // for messages
  std::uint32_t map_type = 0;  // a hash, or BPF_MAP_TYPE_CGRP_STORAGE
  int fd = -1;                 // of the map, whose keys are ids (u64) and whose values are u64
  // Which cgroups belong into it, by their full path ("/sys/fs/cgroup/system.slice").
  std::function<bool(const std::string& path)> matches;
  std::string root;  // of the hierarchy; empty: where cgroup v2 is mounted
};

// Why a map cannot be kept filled with the ids of cgroups; empty where it can.
std::string why_no_cgroup_ids(std::uint32_t map_type, std::uint32_t key_size,
                              std::uint32_t value_size);

// Keeps a map filled with the ids of cgroups: 1 for each that matches, and nothing for
// others. A thread of its own follows cgroups that are made and removed (inotify(7)), and
// looks at all of them every few seconds besides. The map outlives this object. Started and
// destroyed by one thread.
class CgroupIds {
 public:
  // Has written all that match now when it returns.
  static Result<std::unique_ptr<CgroupIds>> start(CgroupIdsOptions options);
  ~CgroupIds();
  CgroupIds(const CgroupIds&) = delete;
  CgroupIds& operator=(const CgroupIds&) = delete;

 private:
  explicit CgroupIds(CgroupIdsOptions options) : options_(std::move(options)) {}
  Result<void> open();
  void run();
  void scan();
  void visit(const std::string& path, std::set<std::uint64_t>& seen);
  void watch(const std::string& path);
  void write(const std::string& path, std::uint64_t id);
  void forget_missing(const std::set<std::uint64_t>& seen);
  void drain_events();

  CgroupIdsOptions options_;
  std::set<std::uint64_t> written_;
  std::map<int, std::string> watched_;  // by inotify's descriptor
  std::set<std::string> watched_paths_;
  bool scanned_ = false;
  bool failed_ = false;  // the last write did, which was logged
  UniqueFd inotify_;
  UniqueFd stop_;
  std::thread thread_;
};

}  // namespace bpfmap::kernel
