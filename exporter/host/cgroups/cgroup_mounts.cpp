// SPDX-License-Identifier: Apache-2.0
#include "host/cgroup_mounts.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/mounts.h"
#include "base/text.h"

namespace bpfmap::host {
namespace {

bool is_of(const Mount& mount, std::string_view hierarchy) {
  if (hierarchy == kUnifiedHierarchy) return mount.type == "cgroup2";
  if (mount.type != "cgroup") return false;
  const std::vector<std::string_view> options = split(mount.options, ',');
  return std::find(options.begin(), options.end(), hierarchy) != options.end();
}

// How far below the topmost cgroup that this process may know the root of a mount is; what is above
// its namespace reads "/..".
int depth_of(const Mount& mount) {
  int depth = 0;
  for (const std::string_view name : split(mount.root, '/')) depth += name == ".." ? -1 : 1;
  return depth;
}

}  // namespace

std::optional<std::string> find_cgroup_mount(std::string_view mountinfo, std::string_view hierarchy,
                                             std::string_view sysfs) {
  const std::string below = std::string(sysfs) + "/";
  // What shows more, and then what is where it is expected.
  const auto rank = [&](const Mount& mount) {
    return std::pair(depth_of(mount), !mount.point.starts_with(below));
  };
  std::optional<Mount> best;
  for (Mount& mount : parse_mounts(mountinfo)) {
    if (!is_of(mount, hierarchy)) continue;
    if (!best || rank(mount) < rank(*best)) best = std::move(mount);
  }
  if (!best) return std::nullopt;
  return std::move(best->point);
}

}  // namespace bpfmap::host
