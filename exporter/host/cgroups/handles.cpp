// SPDX-License-Identifier: Apache-2.0
#include "host/cgroups/handles.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstddef>
#include <cstring>

namespace bpfmap::host {
namespace {

constexpr int kKernfsHandle = 0xfe;  // FILEID_KERNFS in the kernel's include/linux/exportfs.h

// struct file_handle with room for an id.
struct Handle {
  unsigned handle_bytes = sizeof(std::uint64_t);
  int handle_type = kKernfsHandle;
  std::array<unsigned char, sizeof(std::uint64_t)> id{};
};
static_assert(offsetof(Handle, id) == sizeof(file_handle));

std::optional<std::string> path_of(int fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  std::string path(PATH_MAX, '\0');
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  if (length <= 0 || static_cast<std::size_t>(length) == path.size()) return std::nullopt;
  path.resize(static_cast<std::size_t>(length));
  return path;
}

}  // namespace

CgroupHandles::CgroupHandles(const std::string& mount)
    : mount_(mount), fd_(::open(mount.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

std::optional<std::string> CgroupHandles::find(std::uint64_t id) const {
  if (!fd_) return std::nullopt;
  Handle handle;
  std::memcpy(handle.id.data(), &id, sizeof(id));
  // The files of cgroups have ids, too: O_DIRECTORY keeps them out.
  const UniqueFd cgroup(::open_by_handle_at(fd_.get(), reinterpret_cast<file_handle*>(&handle),
                                            O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!cgroup) return std::nullopt;
  std::optional<std::string> path = path_of(cgroup.get());
  if (!path || (*path != mount_ && !path->starts_with(mount_ + '/'))) return std::nullopt;
  if (path->ends_with(" (deleted)")) return std::nullopt;
  return path;
}

}  // namespace bpfmap::host
