// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "host/cgroups/cgroup.h"

namespace bpfmap::host {

struct KnownCgroup {
  CgroupPtr cgroup;
  bool is_alive = true;  // else its path may be that of another one, too
};

// The cgroups of one hierarchy at a time, sorted by id. Immutable.
class CgroupSnapshot {
 public:
  explicit CgroupSnapshot(std::vector<KnownCgroup> cgroups) : cgroups_(std::move(cgroups)) {}

  // Null for an unknown id. Lives as long as the snapshot.
  const KnownCgroup* find(std::uint64_t id) const;
  const std::vector<KnownCgroup>& all() const { return cgroups_; }

 private:
  std::vector<KnownCgroup> cgroups_;
};

// What becomes of cgroups. `is_alive` false: it was removed.
struct CgroupChange {
  CgroupPtr cgroup;
  bool is_alive = true;
};

// The cgroups of one hierarchy, and those that were removed not long ago. Bounded. One thread
// at a time.
class CgroupTable {
 public:
  struct Options {
    Duration keep;  // after the removal
    std::size_t max_cgroups;
  };
  CgroupTable(Options options, const Clock& clock) : options_(options), clock_(clock) {}

  // A cgroup that lives. Another one at this place, and this one at another place, have gone. False
  // where it is not taken, as the table is full of living ones.
  bool add(std::uint64_t id, const std::string& file, std::size_t mount_bytes);
  // The cgroup at this place and all below it have gone.
  void remove(const std::string& file);
  // All that are not among these have gone.
  void remove_all_but(const std::unordered_set<std::uint64_t>& ids);

  const KnownCgroup* find(std::uint64_t id) const;
  // Forgets what was removed too long ago. The same object as long as nothing changes.
  std::shared_ptr<const CgroupSnapshot> snapshot();
  std::size_t size() const { return cgroups_.size(); }

  // What happened since the last call.
  std::vector<CgroupChange> take_changes() { return std::exchange(changes_, {}); }

 private:
  struct Death {
    std::uint64_t id;
    TimePoint at;
  };
  void bury(std::uint64_t id);
  void make_room();
  void expire();
  void forget_first_death();
  void forget_place(const KnownCgroup& known);

  const Options options_;
  const Clock& clock_;
  std::map<std::uint64_t, KnownCgroup> cgroups_;
  std::unordered_map<std::uint64_t, TimePoint> died_;         // when, of those that are not alive
  std::map<std::string, std::uint64_t, std::less<>> places_;  // of the living
  std::deque<Death> deaths_;  // in their order; what has come back meanwhile is not in died_
  std::vector<CgroupChange> changes_;
  std::shared_ptr<const CgroupSnapshot> snapshot_;  // null: to be made anew
};

}  // namespace bpfmap::host
