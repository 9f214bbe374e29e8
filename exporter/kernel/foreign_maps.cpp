// SPDX-License-Identifier: Apache-2.0
#include "kernel/foreign_maps.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "kernel/btf_layout.h"
#include "kernel/libbpf_handles.h"
#include "kernel/map_types.h"

namespace bpfmap::kernel {
namespace {

constexpr std::size_t kNameBytes = BPF_OBJ_NAME_LEN - 1;

bool has_wildcard(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

// A path of bpffs can hold programs and links as well, and each is told apart only by its
// descriptor.
bool is_map(int fd) {
  std::array<char, 64> target{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  if (length < 0) return true;  // without /proc the kernel refuses later on
  return std::string_view(target.data(), static_cast<std::size_t>(length)) == "anon_inode:bpf-map";
}

MapShape shape_of(const bpf_map_info& info) {
  MapShape shape;
  shape.type = info.type;
  shape.key_size = info.key_size;
  shape.value_size = info.value_size;
  shape.max_entries = info.max_entries;
  shape.flags = info.map_flags;
  shape.per_cpu = is_per_cpu(info.type);
  if (shape.per_cpu) {
    shape.cpus = static_cast<std::uint32_t>(std::max(1, libbpf_num_possible_cpus()));
  }
  return shape;
}

// BTF that cannot be read is as good as none: keys and values are numbers or explicit bytes then.
void add_types(const bpf_map_info& kernel_info, MapInfo& info) {
  if (kernel_info.btf_id == 0) return;
  const BtfPtr types(btf__load_from_kernel_by_id(kernel_info.btf_id));
  if (!types) return;
  BtfLayout layout(types.get());
  if (kernel_info.btf_key_type_id != 0) {
    if (auto key = layout.type(kernel_info.btf_key_type_id)) info.key = *std::move(key);
  }
  if (kernel_info.btf_value_type_id != 0) {
    if (auto value = layout.type(kernel_info.btf_value_type_id)) info.value = *std::move(value);
  }
  info.shape.has_spin_lock = info.value && has_spin_lock(*info.value);
}

// Paths that match, sorted; glob() itself skips what it may not read.
std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
  }
  ::globfree(&found);
  return paths;
}

}  // namespace

std::string ForeignMaps::subject() const {
  if (const auto* pinned = std::get_if<PinnedMaps>(&query_)) return "'" + pinned->path + "'";
  if (const auto* by_name = std::get_if<LoadedMapsByName>(&query_)) {
    return "'" + by_name->name + "'";
  }
  return "with id " + std::to_string(std::get<LoadedMapById>(query_).id);
}

Error ForeignMaps::error(int code, std::string detail) const {
  std::string hint;
  if (code == EPERM || code == EACCES) {
    hint = std::holds_alternative<PinnedMaps>(query_)
               ? "opening a pin needs CAP_BPF (or root) and permission to read its file"
               : "finding maps by name or id needs CAP_SYS_ADMIN";
  }
  return Error{ErrorKind::kSystem, "open map", subject(), code, std::move(detail), std::move(hint)};
}

Result<std::shared_ptr<const MapInfo>> ForeignMaps::describe(int fd, std::uint32_t* id) {
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0) return tl::unexpected(error(errno, {}));
  *id = info.id;
  std::shared_ptr<const MapInfo>& kept = seen_[info.id];
  if (kept != nullptr) return kept;
  if (const auto known = known_.find(info.id); known != known_.end()) return kept = known->second;
  auto fresh = std::make_shared<MapInfo>();
  fresh->name = info.name;
  fresh->shape = shape_of(info);
  add_types(info, *fresh);
  return kept = std::move(fresh);
}

Result<void> ForeignMaps::open_pinned(const std::string& path, const std::string& label,
                                      std::vector<ForeignMap>& maps) {
  struct bpf_obj_get_opts options {};
  options.sz = sizeof(options);
  options.file_flags = writable_ ? 0 : BPF_F_RDONLY;
  UniqueFd fd(bpf_obj_get_opts(path.c_str(), &options));
  if (!fd && errno == EINVAL) fd.reset(bpf_obj_get(path.c_str()));  // what is no map has no flags
  if (!fd) return tl::unexpected(error(errno, {}));
  if (!is_map(fd.get())) return tl::unexpected(error(0, path + " is no map"));
  std::uint32_t id = 0;
  auto info = describe(fd.get(), &id);
  if (!info) return tl::unexpected(info.error());
  maps.push_back({label, std::move(fd), id, *std::move(info)});
  return {};
}

Result<void> ForeignMaps::open_all_pinned(const std::string& pattern,
                                          std::vector<ForeignMap>& maps) {
  if (!has_wildcard(pattern)) {
    return open_pinned(pattern, pattern.substr(pattern.rfind('/') + 1), maps);
  }
  const bool folders_match = has_wildcard(pattern.substr(0, pattern.rfind('/')));
  for (const std::string& path : matches(pattern)) {
    const std::string label = folders_match ? path : path.substr(path.rfind('/') + 1);
    auto opened = open_pinned(path, label, maps);
    if (!opened && opened.error().code != ENOENT) return opened;
  }
  return {};
}

Result<bool> ForeignMaps::open_id(std::uint32_t id, const std::string& name,
                                  std::vector<ForeignMap>& maps) {
  UniqueFd fd(bpf_map_get_fd_by_id(id));
  if (!fd && errno == ENOENT) return false;
  if (!fd) return tl::unexpected(error(errno, {}));
  auto info = describe(fd.get(), &id);
  if (!info) return tl::unexpected(info.error());
  if (!name.empty() && (*info)->name != name.substr(0, kNameBytes)) return false;
  maps.push_back({std::to_string(id), std::move(fd), id, *std::move(info)});
  return true;
}

Result<void> ForeignMaps::open_by_name(const std::string& name, std::vector<ForeignMap>& maps) {
  std::set<std::uint32_t> others;
  std::uint32_t id = 0;
  while (bpf_map_get_next_id(id, &id) == 0) {
    // Maps do not change their names, and there may be thousands of them.
    const bool is_known_other = others_.contains(id);
    const Result<bool> matches = is_known_other ? Result<bool>(false) : open_id(id, name, maps);
    if (!matches) return tl::unexpected(matches.error());
    if (!*matches) others.insert(id);
  }
  if (errno != ENOENT) return tl::unexpected(error(errno, {}));
  others_ = std::move(others);
  return {};
}

Result<std::vector<ForeignMap>> ForeignMaps::open() {
  std::vector<ForeignMap> maps;
  seen_.clear();
  Result<void> opened;
  if (const auto* pinned = std::get_if<PinnedMaps>(&query_)) {
    opened = open_all_pinned(pinned->path, maps);
  } else if (const auto* by_name = std::get_if<LoadedMapsByName>(&query_)) {
    opened = open_by_name(by_name->name, maps);
  } else if (auto found = open_id(std::get<LoadedMapById>(query_).id, {}, maps); !found) {
    opened = tl::unexpected(found.error());
  }
  known_ = std::move(seen_);
  if (!opened) return tl::unexpected(opened.error());
  if (maps.empty()) return tl::unexpected(error(ENOENT, "it is looked for again at every walk"));
  return maps;
}

}  // namespace bpfmap::kernel
