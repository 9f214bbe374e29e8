// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace bpfmap {

// Where the file systems of the machine are to be seen: in a container they may be mounted beside
// its own, as node_exporter wants them. What this process asks about itself (/proc/self), and what
// libbpf looks for, is asked of its own /proc and /sys all the same.
struct HostPaths {
  std::string procfs = "/proc";
  std::string sysfs = "/sys";
  std::string rootfs = "/";

  // A path that begins with a slash, below each of them.
  std::string in_procfs(std::string_view path) const { return procfs + std::string(path); }
  std::string in_sysfs(std::string_view path) const { return sysfs + std::string(path); }
  std::string in_rootfs(std::string_view path) const {
    return (rootfs == "/" ? std::string() : rootfs) + std::string(path);
  }
};

}  // namespace bpfmap
