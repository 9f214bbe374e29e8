// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "host/kubelet/kubelet_client.h"
#include "host/kubelet/pod_list.h"

namespace bpfmap::host {

struct PodName {
  std::string pod;
  std::string pod_namespace;
  std::string container;  // empty for a pod as a whole
  bool operator==(const PodName&) const = default;
};

// The names of pods and containers at a time. Immutable.
class PodSnapshot {
 public:
  // Null where they are not known. Live as long as the snapshot.
  const PodName* find_container(std::string_view id) const { return find(containers_, id); }
  const PodName* find_pod(std::string_view uid) const { return find(pods_, uid); }
  std::size_t size() const { return containers_.size() + pods_.size(); }

 private:
  friend class PodTable;
  struct Known {
    PodName name;
    TimePoint seen;
  };
  struct Hash {
    using is_transparent = void;  // lookups by string_view, without making a string
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Table = std::unordered_map<std::string, Known, Hash, std::equal_to<>>;

  static const PodName* find(const Table& table, std::string_view key) {
    const auto at = table.find(key);
    return at == table.end() ? nullptr : &at->second.name;
  }

  Table containers_;  // by id
  Table pods_;        // by uid
};

// What the kubelet said, and said not long ago. Bounded. One thread at a time.
class PodTable {
 public:
  static constexpr std::size_t kMaxNames = 65536;  // of containers, and of pods

  explicit PodTable(Duration keep) : keep_(keep) {}
  // What is not in the list any more stays for the time that names are kept.
  void update(const std::vector<Pod>& pods, TimePoint now);
  std::shared_ptr<const PodSnapshot> snapshot() const {
    return std::make_shared<const PodSnapshot>(names_);
  }

 private:
  const Duration keep_;
  PodSnapshot names_;
};

struct KubeletCounts {
  bool is_up = false;  // the last request worked
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;
  std::size_t names = 0;
};

// Names of pods, asked of the kubelet every now and then by a thread of its own. While it does not
// answer, the last names stay; the log says so once, and once when it answers again. Thread-safe.
class PodNames {
 public:
  // `clock` outlives this object.
  PodNames(KubeletOptions options, const Clock& clock);
  ~PodNames();
  PodNames(const PodNames&) = delete;
  PodNames& operator=(const PodNames&) = delete;

  // Waits for nothing.
  std::shared_ptr<const PodSnapshot> snapshot() const BPFMAP_EXCLUDES(mutex_);
  KubeletCounts counts() const BPFMAP_EXCLUDES(mutex_);

 private:
  void follow();
  void ask();
  void note(const Error* error);
  bool wait() BPFMAP_EXCLUDES(mutex_);

  const KubeletOptions options_;
  const Clock& clock_;
  KubeletClient client_;  // by the thread, as is the table
  PodTable table_;
  bool is_failing_ = false;
  mutable Mutex mutex_;
  ConditionVariable stopping_;
  bool is_stopped_ BPFMAP_GUARDED_BY(mutex_) = false;
  KubeletCounts counts_ BPFMAP_GUARDED_BY(mutex_);
  std::shared_ptr<const PodSnapshot> snapshot_ BPFMAP_GUARDED_BY(mutex_);
  std::thread follower_;  // last: it uses the rest
};

}  // namespace bpfmap::host
