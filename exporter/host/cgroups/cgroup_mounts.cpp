// SPDX-License-Identifier: Apache-2.0
#include "host/cgroup_mounts.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"

namespace bpfmap::host {
namespace {

bool is_octal(std::string_view digits) {
  return digits.size() == 3 && digits.find_first_not_of("01234567") == std::string_view::npos;
}

// The kernel writes blanks and backslashes of paths as \040 and so on.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || !is_octal(text.substr(i + 1, 3))) {
      plain += text[i];
      continue;
    }
    plain +=
        static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0');
    i += 3;
  }
  return plain;
}

struct Mount {
  std::string_view root;
  std::string_view point;
  std::string_view type;
  std::string_view options;  // of the file system: the controllers of v1
};

// "31 23 0:28 /root /point rw,... [optional fields] - type source options"
std::optional<Mount> parse_mount(std::string_view line) {
  const std::vector<std::string_view> words = split(line, ' ');
  const auto separator = std::find(words.begin(), words.end(), "-");
  if (separator - words.begin() < 6 || words.end() - separator < 4) return std::nullopt;
  return Mount{words[3], words[4], separator[1], separator[3]};
}

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
  for (const std::string_view line : split(mountinfo, '\n')) {
    const std::optional<Mount> mount = parse_mount(line);
    if (!mount || !is_of(*mount, hierarchy)) continue;
    if (!best || rank(*mount) < rank(*best)) best = mount;
  }
  if (!best) return std::nullopt;
  return unescape(best->point);
}

}  // namespace bpfmap::host
