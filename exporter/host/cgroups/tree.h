// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/unique_fd.h"
#include "host/cgroup_mounts.h"
#include "host/cgroups/handles.h"
#include "host/cgroups/table.h"
#include "host/host_options.h"
#include "host/watch/folder_watch.h"

namespace bpfmap::host {

// What makes all cgroups of the machine be seen.
inline constexpr const char* kShowCgroups =
    "mount the machine's /sys and say --path.sysfs=/host/sys, or run in its cgroup namespace "
    "(docker "
    "run --cgroupns=host)";

struct CgroupCounts {
  std::size_t cgroups = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t scans = 0;  // walks through the whole hierarchy
};

// All cgroups of one hierarchy, by id, also of those that were removed not long ago. Followed by a
// thread of its own by inotify; where that does not reach all of them, single ones are looked up
// by handle, and the whole is scanned now and then. What the system refuses is logged, and costs
// names only. Thread-safe.
class CgroupTree {
 public:
  // Called with changes in the order in which they were seen, by one thread at a time, which has
  // little privilege (CgroupOptions::listeners_need). Must not call the tree.
  using Listener = std::function<void(std::span<const CgroupChange>)>;
  class Subscription;

  // Scans the hierarchy before it returns. `clock` outlives the tree.
  CgroupTree(const std::string& hierarchy, CgroupOptions options, const Clock& clock);
  ~CgroupTree();
  CgroupTree(const CgroupTree&) = delete;
  CgroupTree& operator=(const CgroupTree&) = delete;

  // What is known. Waits for nothing; the same object as long as nothing changes.
  std::shared_ptr<const CgroupSnapshot> snapshot() BPFMAP_EXCLUDES(table_mutex_);

  // Looks harder: for an id that the snapshot does not have. Nothing where there is no such cgroup.
  std::optional<KnownCgroup> resolve(std::uint64_t id) BPFMAP_EXCLUDES(working_);

  // Tells `listener` at once of all cgroups that live, then of every change, until what it returns
  // is destroyed; once that has happened, the listener is no longer called. The tree outlives it.
  std::unique_ptr<Subscription> subscribe(Listener listener) BPFMAP_EXCLUDES(working_);

  // Whether there is such a hierarchy.
  bool is_mounted() const { return is_mounted_; }
  // Whether the cgroups of the whole machine are to be seen. Where they are not, ids may be of
  // others, and paths are not what the machine calls them.
  bool shows_all() const { return shows_all_; }

  // Of lookups by others, in their snapshots.
  void count_lookups(std::uint64_t hits, std::uint64_t misses);
  CgroupCounts counts() BPFMAP_EXCLUDES(table_mutex_);

 private:
  void follow();
  void catch_up() BPFMAP_REQUIRES(working_);
  void on_event(FolderWatch::Event event, const std::string& path) BPFMAP_REQUIRES(working_);
  void scan() BPFMAP_REQUIRES(working_);
  void move_to(const std::string& mount) BPFMAP_REQUIRES(working_);
  void visit(const std::string& top, std::unordered_set<std::uint64_t>& ids)
      BPFMAP_REQUIRES(working_);
  void watch(const std::string& folder) BPFMAP_REQUIRES(working_);
  void add(std::uint64_t id, const std::string& file) BPFMAP_REQUIRES(working_);
  bool may_scan() const BPFMAP_REQUIRES(working_);
  std::optional<KnownCgroup> known(std::uint64_t id) BPFMAP_EXCLUDES(table_mutex_);
  void publish() BPFMAP_REQUIRES(working_);

  const std::string hierarchy_;
  const CgroupOptions options_;
  const Clock& clock_;
  UniqueFd stop_;
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
  std::atomic<std::uint64_t> scans_{0};
  std::atomic<bool> is_mounted_{false};
  std::atomic<bool> shows_all_{true};

  Mutex working_;  // of the thread that finds out what has changed; held during a scan
  std::string mount_ BPFMAP_GUARDED_BY(working_);  // empty: there is none
  std::optional<CgroupHandles> handles_ BPFMAP_GUARDED_BY(working_);
  FolderWatch watch_;                                    // under working_; its fd() by all
  bool is_watched_ BPFMAP_GUARDED_BY(working_) = false;  // all of it
  bool has_lost_track_ BPFMAP_GUARDED_BY(working_) = false;
  bool has_said_missing_ BPFMAP_GUARDED_BY(working_) = false;
  bool has_said_unwatched_ BPFMAP_GUARDED_BY(working_) = false;
  bool has_said_full_ BPFMAP_GUARDED_BY(working_) = false;
  std::optional<TimePoint> scanned_ BPFMAP_GUARDED_BY(working_);
  std::list<Listener> listeners_ BPFMAP_GUARDED_BY(working_);

  Mutex table_mutex_;  // behind working_; held for moments
  CgroupTable table_ BPFMAP_GUARDED_BY(table_mutex_);

  std::thread follower_;  // last: it uses the rest
};

class CgroupTree::Subscription {
 public:
  Subscription(CgroupTree& tree, std::list<Listener>::iterator place)
      : tree_(tree), place_(place) {}
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

 private:
  CgroupTree& tree_;
  std::list<Listener>::iterator place_;
};

}  // namespace bpfmap::host
