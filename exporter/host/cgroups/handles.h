// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/unique_fd.h"

namespace bpfmap::host {

// Asks the kernel for one cgroup by its id, which is also a file handle of the file system cgroup
// (open_by_handle_at(2)); needs CAP_DAC_READ_SEARCH and /proc. Any thread.
class CgroupHandles {
 public:
  // `mount` is a mount point of the hierarchy.
  explicit CgroupHandles(const std::string& mount);

  // Where the cgroup is mounted. Nothing where it is gone, lies outside of what is mounted, or the
  // kernel does not let this process ask.
  std::optional<std::string> find(std::uint64_t id) const;

 private:
  std::string mount_;
  UniqueFd fd_;
};

}  // namespace bpfmap::host
