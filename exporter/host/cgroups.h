// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "host/cgroups/tree.h"
#include "host/tables/cache_statistics.h"

namespace bpfmap::host {

// The cgroups of this machine. Thread-safe. What needs them without labels - to tell BPF programs
// which ids to look at - asks hierarchy(kUnifiedHierarchy).snapshot() for all of them, or has
// itself told of every change by subscribe().
class Cgroups {
 public:
  Cgroups(CgroupOptions options, const Clock& clock)
      : options_(std::move(options)), clock_(clock) {}

  // The cgroups of "unified" (v2), or of a v1 controller ("memory") or name ("name=systemd"). They
  // are followed from the first call on. Lives as long as this object.
  CgroupTree& hierarchy(std::string_view name) BPFMAP_EXCLUDES(mutex_);

  // Whether all cgroups of the machine are to be seen in every hierarchy that is followed; nothing
  // where none is.
  std::optional<bool> shows_all() const BPFMAP_EXCLUDES(mutex_);

  // Of all hierarchies that are followed.
  CacheStatistics statistics() const BPFMAP_EXCLUDES(mutex_);

 private:
  const CgroupOptions options_;
  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<std::string, std::unique_ptr<CgroupTree>, std::less<>> trees_ BPFMAP_GUARDED_BY(mutex_);
};

}  // namespace bpfmap::host
