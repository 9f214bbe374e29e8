// SPDX-License-Identifier: Apache-2.0
#include "host/cgroups.h"

namespace bpfmap::host {

CgroupTree& Cgroups::hierarchy(std::string_view name) {
  const MutexLock lock(mutex_);
  const auto found = trees_.find(name);
  if (found != trees_.end()) return *found->second;
  std::string key(name);
  auto tree = std::make_unique<CgroupTree>(key, options_, clock_);
  return *trees_.emplace(std::move(key), std::move(tree)).first->second;
}

std::vector<std::pair<std::string, CgroupCounts>> Cgroups::counts() {
  const MutexLock lock(mutex_);
  std::vector<std::pair<std::string, CgroupCounts>> counts;
  for (const auto& [name, tree] : trees_) counts.emplace_back(name, tree->counts());
  return counts;
}

}  // namespace bpfmap::host
