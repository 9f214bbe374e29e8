// SPDX-License-Identifier: Apache-2.0
#include "kernel/named_pins.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "kernel/pins/pinned_state.h"

namespace bpfmap::kernel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kShared =
    "the object shares this map by its name (LIBBPF_PIN_BY_NAME) with every loader that does";

Error named_error(std::string operation, const std::string& path, int code, std::string detail) {
  return Error{.kind = ErrorKind::kSystem,
               .operation = std::move(operation),
               .subject = path,
               .code = code,
               .detail = std::move(detail)};
}

bool is_bpf_file_system(const std::string& path) {
  struct statfs info {};
  return statfs(path.c_str(), &info) == 0 &&
         static_cast<unsigned long>(info.f_type) == BPF_FS_MAGIC;
}

dev_t device_of(const fs::path& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_dev : 0;
}

// Another user that may make such a file could make the exporter read anything.
Result<void> check_owner(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    return unexpected(named_error("look at the pinned map", path, errno, {}));
  }
  if (info.st_uid == 0 || info.st_uid == geteuid()) return {};
  return unexpected(named_error("use the pinned map", path, 0,
                                "it belongs to user " + std::to_string(info.st_uid) +
                                    ", which is neither root nor the user of this process"));
}

Error not_a_map(const std::string& path) {
  Error error = named_error("use the pinned map", path, 0, "it is no map");
  error.hint = std::string(kShared) + ": give the map another name, or remove what is there";
  return error;
}

}  // namespace

std::string NamedPins::path(const std::string& map) const {
  std::string name = map;
  std::replace(name.begin(), name.end(), '.', '_');  // bpffs takes no dots, and libbpf does so
  return folder_ + "/" + name;
}

Result<UniqueFd> NamedPins::open(const std::string& map) const {
  const std::string file = path(map);
  if (!is_bpf_file_system(folder_)) {
    Error error = named_error("share map", map, 0, folder_ + " is no bpf file system");
    error.hint = std::string(kShared) + ", below /sys/fs/bpf: mount -t bpf bpf /sys/fs/bpf";
    return unexpected(std::move(error));
  }
  if (const auto offered = offered_.find(map); offered != offered_.end()) {
    return UniqueFd(fcntl(offered->second.get(), F_DUPFD_CLOEXEC, 0));
  }
  UniqueFd pinned(bpf_obj_get(file.c_str()));
  const int code = pinned ? 0 : errno;
  if (code == ENOENT) return UniqueFd();
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) return unexpected(not_a_map(file));
  if (code != 0) return unexpected(named_error("use the pinned map", file, code, {}));
  // A link that iterates over a map names that, too.
  if (id_of_fd(pinned.get(), "map_id") == 0 || id_of_fd(pinned.get(), "link_id") != 0) {
    return unexpected(not_a_map(file));
  }
  if (auto good = check_owner(file); !good) return unexpected(good.error());
  return pinned;
}

Result<void> NamedPins::offer(const std::string& map, int fd) {
  UniqueFd copy(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) return unexpected(named_error("share map", map, errno, {}));
  offered_[map] = std::move(copy);
  return {};
}

Result<bool> NamedPins::pin(const std::string& map, int fd) const {
  const std::string file = path(map);
  if (bpf_obj_pin(fd, file.c_str()) == 0) return true;
  const int code = errno;
  if (code != EEXIST) return unexpected(named_error("pin map", file, code, {}));
  const UniqueFd there(bpf_obj_get(file.c_str()));
  const std::uint32_t ours = id_of_fd(fd, "map_id");
  if (there && id_of_fd(there.get(), "map_id") == ours) return false;
  Error error = named_error("pin map", file, code, "another loader has pinned its own meanwhile");
  error.hint = "start again, which takes that over";
  return unexpected(std::move(error));
}

std::string root_of_file_system(const std::string& folder) {
  std::error_code ignored;
  fs::path part = fs::absolute(folder).lexically_normal();
  while (part.has_relative_path() && !fs::exists(part, ignored)) part = part.parent_path();
  if (!is_bpf_file_system(part.string())) return part.string();
  const dev_t device = device_of(part);
  while (part.has_relative_path() && device_of(part.parent_path()) == device) {
    part = part.parent_path();
  }
  return part.string();
}

}  // namespace bpfmap::kernel
