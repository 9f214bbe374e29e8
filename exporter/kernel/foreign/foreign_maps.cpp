// SPDX-License-Identifier: Apache-2.0
#include "kernel/foreign_maps.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <string_view>

#include "kernel/foreign/loaded_map.h"
#include "kernel/map_types.h"
#include "kernel/types/loaded_shape.h"

namespace bpfmap::kernel {
namespace {

constexpr std::size_t kNameBytes = BPF_OBJ_NAME_LEN - 1;

// What is in it is not known yet.
bool is_empty_outer(const MapInfo& info) {
  return is_map_of_maps(info.shape.type) && info.inner == nullptr;
}

bool has_wildcard(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

// What libbpf makes of "packets_by_cpu.bss": it keeps the end, which says what is in the map, and
// of the object's name what has room before it.
std::string cut_by_libbpf(const std::string& name) {
  constexpr std::size_t kLeastEnd = 7;
  const std::size_t dot = std::min(name.find('.'), name.size());
  const std::size_t end = std::max(name.size() - dot, kLeastEnd);
  const std::size_t room = end < kNameBytes ? kNameBytes - end : 0;
  return (name.substr(0, std::min(dot, room)) + name.substr(dot)).substr(0, kNameBytes);
}

bool is_called(const MapInfo& map, const std::string& name) {
  if (has_wildcard(name)) return ::fnmatch(name.c_str(), map.name.c_str(), 0) == 0;
  if (map.name == name.substr(0, kNameBytes)) return true;
  return name.find('.') != std::string::npos && map.name == cut_by_libbpf(name);
}

// What the file at a path of bpffs is: "map", "prog", "link", or what the kernel calls it. They are
// told apart only by their descriptors.
std::string kind_of(int fd) {
  std::array<char, 64> target{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  if (length < 0) return "map";  // without /proc the kernel refuses later on
  const std::string_view name(target.data(), static_cast<std::size_t>(length));
  for (const std::string_view prefix : {"anon_inode:bpf-", "anon_inode:bpf_", "anon_inode:["}) {
    if (name.starts_with(prefix)) return std::string(name.substr(prefix.size()));
  }
  return std::string(name);
}

// Files that match, sorted; glob() itself skips what it may not read. No folders, which it marks.
std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  // What it is said not to be safe with is a locale that changes meanwhile; none does here.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  if (::glob(pattern.c_str(), GLOB_MARK, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      const std::string_view path = found.gl_pathv[i];
      if (!path.ends_with('/')) paths.emplace_back(path);
    }
  }
  ::globfree(&found);
  return paths;
}

// Why the folder in which a pattern begins to match cannot be listed; 0 where it can.
int why_unreadable(const std::string& pattern) {
  const std::string literal = pattern.substr(0, pattern.find_first_of("*?["));
  const std::string folder = literal.substr(0, literal.rfind('/') + 1);
  return ::faccessat(AT_FDCWD, folder.c_str(), R_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
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
  return Error{.kind = ErrorKind::kSystem,
               .operation = "open map",
               .subject = subject(),
               .code = code,
               .detail = std::move(detail),
               .hint = std::move(hint)};
}

Result<ForeignMaps::Known> ForeignMaps::describe(int fd, std::uint32_t* id) {
  bpf_map_info info{};
  if (const int code = read_map_info(fd, info); code != 0) return unexpected(error(code, {}));
  *id = info.id;
  Known& kept = seen_[info.id];
  if (kept.info != nullptr) return kept;
  const auto known = known_.find(info.id);
  // A map of maps that was empty may hold one by now.
  if (known != known_.end() && known->second.info != nullptr &&
      !is_empty_outer(*known->second.info)) {
    return kept = known->second;
  }
  auto fresh = describe_loaded_map(fd, info);
  if (!fresh) {
    Error failed = error(fresh.error().code, fresh.error().operation + " " + fresh.error().subject);
    failed.hint = fresh.error().hint;
    return unexpected(std::move(failed));
  }
  auto variables = std::make_shared<const std::vector<GlobalInfo>>(variables_of_loaded_map(info));
  return kept = Known{*std::move(fresh), std::move(variables)};
}

Result<bool> ForeignMaps::open_pinned(const std::string& path, const std::string& label,
                                      std::vector<ForeignMap>& maps) {
  struct bpf_obj_get_opts options {};
  options.sz = sizeof(options);
  options.file_flags = writable_ ? 0 : BPF_F_RDONLY;
  UniqueFd fd(bpf_obj_get_opts(path.c_str(), &options));
  if (!fd && errno == EINVAL) fd.reset(bpf_obj_get(path.c_str()));  // what is no map has no flags
  if (!fd) return unexpected(error(errno, maps.empty() ? "" : path));
  const std::string kind = kind_of(fd.get());
  if (kind != "map") {
    other_pin_ = path + " is a " + kind + " and no map";
    return false;
  }
  std::uint32_t id = 0;
  auto info = describe(fd.get(), &id);
  if (!info) return unexpected(info.error());
  maps.push_back({label, std::move(fd), id, info->info, info->variables});
  return true;
}

Result<void> ForeignMaps::open_all_pinned(const std::string& pattern,
                                          std::vector<ForeignMap>& maps) {
  other_pin_.clear();
  const auto file_name = [](const std::string& path) { return path.substr(path.rfind('/') + 1); };
  if (!has_wildcard(pattern)) {
    auto opened = open_pinned(pattern, file_name(pattern), maps);
    if (!opened) return unexpected(opened.error());
  } else {
    const bool folders_match = has_wildcard(pattern.substr(0, pattern.rfind('/')));
    for (const std::string& path : matches(pattern)) {
      auto opened = open_pinned(path, folders_match ? path : file_name(path), maps);
      if (!opened && opened.error().code != ENOENT) return unexpected(opened.error());
    }
    if (maps.empty() && other_pin_.empty()) {
      const int code = why_unreadable(pattern);
      if (code == EACCES || code == EPERM) return unexpected(error(code, "list its folder"));
    }
  }
  if (maps.empty() && !other_pin_.empty()) return unexpected(error(0, other_pin_));
  return {};
}

Result<bool> ForeignMaps::open_id(std::uint32_t id, const std::string& name,
                                  std::vector<ForeignMap>& maps) {
  UniqueFd fd(bpf_map_get_fd_by_id(id));
  if (!fd && errno == ENOENT) return false;
  if (!fd) return unexpected(error(errno, {}));
  auto info = describe(fd.get(), &id);
  if (!info) return unexpected(info.error());
  if (!name.empty() && !is_called(*info->info, name)) return false;
  maps.push_back({std::to_string(id), std::move(fd), id, info->info, info->variables});
  return true;
}

Result<void> ForeignMaps::open_by_name(const std::string& name, std::vector<ForeignMap>& maps) {
  std::set<std::uint32_t> others;
  std::uint32_t id = 0;
  while (bpf_map_get_next_id(id, &id) == 0) {
    // Maps do not change their names, and there may be thousands of them.
    const bool is_known_other = others_.contains(id);
    const Result<bool> matches = is_known_other ? Result<bool>(false) : open_id(id, name, maps);
    if (!matches) return unexpected(matches.error());
    if (!*matches) others.insert(id);
  }
  if (errno != ENOENT) return unexpected(error(errno, {}));
  others_ = std::move(others);
  return {};
}

Result<void> ForeignMaps::choose_by_user(const LoadedMapsByName& query,
                                         std::vector<ForeignMap>& maps) {
  if (maps.empty() || (query.program.empty() && query.owner.empty())) return {};
  std::set<std::uint32_t> ids;
  for (const ForeignMap& map : maps) ids.insert(map.id);
  if (ids != asked_about_ || used_.empty()) {
    const auto used =
        query.program.empty() ? users_.held_by(query.owner) : users_.used_by(query.program);
    if (!used) {
      Error failed = error(used.error().code, used.error().operation + " " + used.error().subject);
      if (!used.error().hint.empty()) failed.hint = used.error().hint;
      return unexpected(std::move(failed));
    }
    used_.clear();
    std::set_intersection(ids.begin(), ids.end(), used->begin(), used->end(),
                          std::inserter(used_, used_.end()));
    asked_about_ = std::move(ids);
  }
  const std::size_t found = maps.size();
  std::erase_if(maps, [this](const ForeignMap& map) { return !used_.contains(map.id); });
  if (!maps.empty()) return {};
  const std::string use = query.program.empty() ? "held by process '" + query.owner + "'"
                                                : "used by program '" + query.program + "'";
  const std::string what = found == 1
                               ? "the map of that name is not "
                               : "none of the " + std::to_string(found) + " of that name is ";
  return unexpected(error(ENOENT, what + use + "; " + kLookedForAgain));
}

Result<std::vector<ForeignMap>> ForeignMaps::open() {
  std::vector<ForeignMap> maps;
  seen_.clear();
  Result<void> opened;
  if (const auto* pinned = std::get_if<PinnedMaps>(&query_)) {
    opened = open_all_pinned(pinned->path, maps);
  } else if (const auto* by_name = std::get_if<LoadedMapsByName>(&query_)) {
    opened = open_by_name(by_name->name, maps);
    if (opened) opened = choose_by_user(*by_name, maps);
  } else if (auto found = open_id(std::get<LoadedMapById>(query_).id, {}, maps); !found) {
    opened = unexpected(found.error());
  }
  known_ = std::move(seen_);
  if (!opened) return unexpected(opened.error());
  const std::size_t found = maps.size();
  std::erase_if(maps, [](const ForeignMap& map) { return is_empty_outer(*map.info); });
  if (maps.empty() && found > 0) {
    return unexpected(error(ENOENT, "it is a map of maps, and holds none yet"));
  }
  if (maps.empty()) return unexpected(error(ENOENT, kLookedForAgain));
  return maps;
}

}  // namespace bpfmap::kernel
