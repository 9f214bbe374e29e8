// SPDX-License-Identifier: Apache-2.0
#include "host/cgroups.h"

#include <algorithm>

namespace bpfmap::host {

CgroupTree& Cgroups::hierarchy(std::string_view name) {
  const MutexLock lock(mutex_);
  const auto found = trees_.find(name);
  if (found != trees_.end()) return *found->second;
  std::string key(name);
  auto tree = std::make_unique<CgroupTree>(key, options_, clock_);
  return *trees_.emplace(std::move(key), std::move(tree)).first->second;
}

std::optional<bool> Cgroups::shows_all() const {
  const MutexLock lock(mutex_);
  if (trees_.empty()) return std::nullopt;
  return std::all_of(trees_.begin(), trees_.end(),
                     [](const auto& tree) { return tree.second->shows_all(); });
}

CacheStatistics Cgroups::statistics() const {
  CacheStatistics sum;
  sum.cache = "cgroups";
  const MutexLock lock(mutex_);
  for (const auto& [name, tree] : trees_) {
    const CgroupCounts counts = tree->counts();
    sum.entries += counts.cgroups;
    sum.hits += counts.hits;
    sum.misses += counts.misses;
  }
  return sum;
}

}  // namespace bpfmap::host
