// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

// Cgroups by path or pattern: `*`, `?` and `[...]` match within the name of one folder. A backslash
// stands for itself, since systemd writes it into names.
namespace bpfmap::kernel {

bool is_cgroup_pattern(std::string_view path);

// The folders that a pattern matches now, sorted; at most `limit` and one more.
std::vector<std::string> matching_folders(const std::string& pattern, std::size_t limit);

// The folders in which what a path or pattern names may come and go; of those that are not there
// yet, the coming can be watched.
std::vector<std::string> folders_to_watch(const std::string& pattern);

}  // namespace bpfmap::kernel
