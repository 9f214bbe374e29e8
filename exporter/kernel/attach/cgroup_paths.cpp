// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/cgroup_paths.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <system_error>

namespace bpfmap::kernel {
namespace {

namespace fs = std::filesystem;

// Patterns with many levels end somewhere, too.
constexpr std::size_t kMostFolders = 4096;

std::vector<std::string> components_of(const fs::path& path) {
  std::vector<std::string> names;
  for (const fs::path& name : path.relative_path()) {
    if (!name.empty()) names.push_back(name.string());
  }
  return names;
}

void add_children(const std::string& folder, const std::string& pattern,
                  std::vector<std::string>& found, std::size_t limit) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (found.size() > limit) return;
    const std::string name = at->path().filename().string();
    std::error_code gone;
    if (fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE | FNM_PERIOD) != 0) continue;
    if (at->is_directory(gone)) found.push_back((folder == "/" ? "" : folder) + "/" + name);
  }
}

// Goes down level by level, and tells of the folders in which it has looked.
std::vector<std::string> expand(const std::string& pattern, std::size_t limit,
                                std::vector<std::string>& looked_into) {
  std::vector<std::string> level{fs::path(pattern).is_absolute() ? "" : "."};
  bool is_below_a_match = false;
  for (const std::string& name : components_of(pattern)) {
    const bool is_pattern = is_cgroup_pattern(name);
    is_below_a_match = is_below_a_match || is_pattern;
    std::vector<std::string> next;
    for (const std::string& folder : level) {
      if (is_below_a_match) looked_into.push_back(folder.empty() ? "/" : folder);
      if (is_pattern) {
        add_children(folder.empty() ? "/" : folder, name, next, limit);
      } else {
        next.push_back(folder + "/" + name);
      }
    }
    level = std::move(next);
  }
  std::error_code gone;
  std::erase_if(level, [&](const std::string& path) { return !fs::is_directory(path, gone); });
  std::sort(level.begin(), level.end());
  return level;
}

}  // namespace

bool is_cgroup_pattern(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

std::vector<std::string> matching_folders(const std::string& pattern, std::size_t limit) {
  std::vector<std::string> looked_into;
  return expand(pattern, limit, looked_into);
}

std::vector<std::string> folders_to_watch(const std::string& pattern) {
  if (!is_cgroup_pattern(pattern)) return {pattern};
  std::vector<std::string> looked_into;
  expand(pattern, kMostFolders, looked_into);
  return looked_into;
}

}  // namespace bpfmap::kernel
