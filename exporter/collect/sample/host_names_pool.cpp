// SPDX-License-Identifier: Apache-2.0
#include "collect/sample/host_names_pool.h"

#include <utility>

namespace bpfmap::collect {

std::unique_ptr<host::HostNames> HostNamesPool::take() {
  {
    const MutexLock lock(mutex_);
    if (!free_.empty()) {
      std::unique_ptr<host::HostNames> names = std::move(free_.back());
      free_.pop_back();
      return names;
    }
  }
  return std::make_unique<host::HostNames>(host_);
}

void HostNamesPool::give_back(std::unique_ptr<host::HostNames> names) {
  const MutexLock lock(mutex_);
  free_.push_back(std::move(names));
}

}  // namespace bpfmap::collect
