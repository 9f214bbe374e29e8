// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

// Where cgroups are to be seen. Any thread.
namespace bpfmap::host {

inline constexpr std::string_view kUnifiedHierarchy = "unified";  // that of cgroup v2

// The mount point of a hierarchy in the text of a /proc/PID/mountinfo: "unified", or a controller
// of v1 ("memory") or its name ("name=systemd"). Of several mounts the one that shows most: a
// container may have both its own part and the whole of the machine. Of those that show the same,
// one below `sysfs`. Nothing where there is none.
std::optional<std::string> find_cgroup_mount(std::string_view mountinfo, std::string_view hierarchy,
                                             std::string_view sysfs = "/sys");

}  // namespace bpfmap::host
