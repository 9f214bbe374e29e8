// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bpfmap {

// A mount point of this mount namespace.
struct Mount {
  std::string root;   // what of the file system is mounted: "/", "/../.." above a cgroup namespace
  std::string point;  // where
  std::string type;   // "cgroup2"
  std::string options;  // of the file system, separated by commas: the controllers of cgroup v1
};

// Those of a /proc/PID/mountinfo, in its order (proc_pid_mountinfo(5)). Lines that are none are
// left out. Pure; any thread.
std::vector<Mount> parse_mounts(std::string_view mountinfo);

// Those of this process; none where /proc is not mounted. Any thread.
std::vector<Mount> own_mounts();

}  // namespace bpfmap
