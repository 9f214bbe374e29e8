// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "base/mounts.h"
#include "kernel/attach/cgroup_paths.h"
#include "kernel/libbpf/load_failure.h"
#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {
namespace {

// Where cgroup v2 is mounted, as a hint where a directory of v1 was named.
std::string cgroup2_mount() {
  for (const Mount& mount : own_mounts()) {
    if (mount.type == "cgroup2") return mount.point;
  }
  return {};
}

bool is_cgroup2(const std::string& path) {
  struct statfs info {};
  return statfs(path.c_str(), &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC;
}

// A directory that was made anew is another one, whatever its name.
std::string place_of(const struct stat& directory, const LoadedProgram& program,
                     const model::CgroupTarget& target) {
  return "cgroup " + std::to_string(directory.st_dev) + ":" + std::to_string(directory.st_ino) +
         " " + (target.type.empty() ? program.section : target.type);
}

std::string where(const std::string& path) { return "to cgroup '" + path + "'"; }

Error not_cgroup2(const LoadedProgram& program, const std::string& path) {
  Error error = bad_target(program, "'" + path + "' is not a directory of cgroup v2");
  const std::string mount = cgroup2_mount();
  error.hint = mount.empty()
                   ? "cgroup v2 is not mounted here: mount -t cgroup2 none /sys/fs/cgroup/unified"
                   : "cgroup v2 is mounted at " + mount;
  return error;
}

Error not_opened(const LoadedProgram& program, const std::string& path, int code) {
  Error error = bad_target(program, {});
  error.subject += " " + where(path);
  error.code = code;
  return error;
}

Result<Attachment::Handle> attach(const LoadedProgram& program, const std::string& path) {
  const UniqueFd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return unexpected(not_opened(program, path, errno));
  LibbpfLog log;
  LinkPtr link(bpf_program__attach_cgroup(program.handle, directory.get()));
  if (link) return Attachment::Handle(std::move(link));
  const int code = errno;
  return unexpected(
      attach_error(program, where(path), code, join_warnings(log.warnings()), "cgroup"));
}

void add_site(const LoadedProgram& program, const model::CgroupTarget& target,
              const std::string& path, bool is_matched, Sites& sites) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    const int code = errno;
    // One that was found a moment ago is gone again.
    if (!is_matched || code != ENOENT) sites.missing.push_back(not_opened(program, path, code));
  } else if (!S_ISDIR(info.st_mode)) {
    sites.missing.push_back(not_opened(program, path, ENOTDIR));
  } else if (!is_cgroup2(path)) {
    sites.missing.push_back(not_cgroup2(program, path));
  } else {
    sites.found.push_back({place_of(info, program, target), where(path),
                           [&program, path] { return attach(program, path); }});
  }
}

}  // namespace

Sites cgroup_sites(const LoadedProgram& program, const model::CgroupTarget& target) {
  Sites sites;
  std::error_code ignored;
  if (!is_cgroup_pattern(target.path) || std::filesystem::is_directory(target.path, ignored)) {
    add_site(program, target, target.path, false, sites);
    return sites;
  }
  const auto folders = matching_folders(target.path, kMostSites);
  for (const std::string& path : folders) add_site(program, target, path, true, sites);
  if (folders.empty()) sites.unmatched.push_back("cgroup '" + target.path + "'");
  return sites;
}

}  // namespace bpfmap::kernel
