// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach_cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "kernel/libbpf_log.h"
#include "kernel/load_failure.h"

namespace bpfmap::kernel {
namespace {

// Where cgroup v2 is mounted, as a hint for those who named a directory of v1.
std::string cgroup2_mount() {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    std::string device;
    std::string path;
    std::string type;
    if (fields >> device >> path >> type && type == "cgroup2") return path;
  }
  return {};
}

bool is_cgroup2(int fd) {
  struct statfs info {};
  return fstatfs(fd, &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC;
}

// A directory that was made anew is another one, whatever its name.
std::string place_of(int directory, const LoadedProgram& program, const CgroupTarget& target) {
  struct stat info {};
  fstat(directory, &info);
  return "cgroup " + std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino) + " " +
         (target.type.empty() ? program.section : target.type);
}

Error not_cgroup2(const LoadedProgram& program, const CgroupTarget& target) {
  Error error = bad_target(program, "'" + target.path + "' is not a directory of cgroup v2");
  const std::string mount = cgroup2_mount();
  error.hint = mount.empty()
                   ? "cgroup v2 is not mounted here: mount -t cgroup2 none /sys/fs/cgroup/unified"
                   : "cgroup v2 is mounted at " + mount;
  return error;
}

}  // namespace

Result<Attachments> attach_cgroup(const LoadedProgram& program, const CgroupTarget& target) {
  const UniqueFd directory(open(target.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) {
    const int code = errno;
    Error error = bad_target(program, {});
    error.subject += " to cgroup '" + target.path + "'";
    error.code = code;
    return unexpected(std::move(error));
  }
  if (!is_cgroup2(directory.get())) return unexpected(not_cgroup2(program, target));
  Attachments attachments;
  const std::string place = place_of(directory.get(), program, target);
  if (AttachmentPtr there = program.existing(place)) {
    attachments.add(std::move(there));
    return attachments;
  }
  LibbpfLog log;
  LinkPtr link(bpf_program__attach_cgroup(program.handle, directory.get()));
  if (!link) {
    const int code = errno;
    return unexpected(attach_error(program, "to cgroup '" + target.path + "'", code,
                                   join_warnings(log.warnings()), "cgroup"));
  }
  attachments.add(place, std::move(link));
  return attachments;
}

}  // namespace bpfmap::kernel
