// SPDX-License-Identifier: Apache-2.0
#include "kernel/cgroup_ids.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <mntent.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "base/block_signals.h"
#include "base/capabilities.h"
#include "base/log.h"
#include "kernel/map_types.h"

namespace bpfmap::kernel {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kCgroupStorage = 32;  // BPF_MAP_TYPE_CGRP_STORAGE, newer than some headers

constexpr int kScanMilliseconds = 5000;
// Between two scans, however fast cgroups come and go.
constexpr int kQuietMilliseconds = 50;
// Of a machine; what is beyond them is not followed, only looked at every few seconds.
constexpr std::size_t kMostWatches = 8192;
constexpr std::size_t kMostCgroups = 200'000;

Error ids_error(const std::string& map, std::string detail, int code) {
  return Error{.kind = ErrorKind::kSystem,
               .operation = "keep the ids of cgroups in",
               .subject = "map '" + map + "'",
               .code = code,
               .detail = std::move(detail)};
}

// The id of a cgroup is the inode of its folder.
std::optional<std::uint64_t> id_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

// In a container there may be several: one that shows all cgroups of the machine is better than one
// that begins with the container's own.
std::string find_root() {
  constexpr std::uint64_t kTopmost = 1;
  const std::unique_ptr<FILE, int (*)(FILE*)> table(::setmntent("/proc/self/mounts", "re"),
                                                    ::endmntent);
  if (!table) return {};
  std::array<char, 4096> buffer{};
  mntent entry{};
  std::string first;
  while (::getmntent_r(table.get(), &entry, buffer.data(), buffer.size()) != nullptr) {
    if (std::string_view(entry.mnt_type) != "cgroup2") continue;
    if (id_of(entry.mnt_dir) == kTopmost) return entry.mnt_dir;
    if (first.empty()) first = entry.mnt_dir;
  }
  return first;
}

}  // namespace

std::string why_no_cgroup_ids(std::uint32_t map_type, std::uint32_t key_size,
                              std::uint32_t value_size) {
  constexpr std::uint32_t kIdBytes = 8;
  const bool is_storage = map_type == kCgroupStorage;
  // Values for each CPU would be all the same, and a program sees the one of its own CPU only.
  if (!is_storage && (!is_hash(map_type) || is_per_cpu(map_type))) {
    return "it is " + with_article(map_type_name(map_type)) +
           ", neither a hash with one value for all CPUs nor a cgrp_storage";
  }
  if (!is_storage && key_size != kIdBytes) {
    return "its keys have " + std::to_string(key_size) + " bytes, but an id is a u64";
  }
  if (value_size != kIdBytes) {
    return "its values have " + std::to_string(value_size) + " bytes, expected a u64";
  }
  return {};
}

Result<std::unique_ptr<CgroupIds>> CgroupIds::start(CgroupIdsOptions options) {
  std::unique_ptr<CgroupIds> ids(new CgroupIds(std::move(options)));
  if (auto opened = ids->open(); !opened) return unexpected(opened.error());
  ids->scan();
  const BlockSignals blocked;
  ids->thread_ = std::thread([raw = ids.get()] { raw->run(); });
  return ids;
}

Result<void> CgroupIds::open() {
  if (options_.root.empty()) options_.root = find_root();
  if (options_.root.empty()) {
    return unexpected(ids_error(options_.map, "cgroup v2 is not mounted anywhere", 0));
  }
  inotify_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  stop_.reset(::eventfd(0, EFD_CLOEXEC));
  if (!inotify_ || !stop_) return unexpected(ids_error(options_.map, {}, errno));
  return {};
}

void CgroupIds::run() {
  // Entries are written by a descriptor, which needs no more than this, and nothing since 5.19.
  constexpr int kCapBpf = 39;
  CapabilitySet kept;
  kept.add(kCapBpf);
  static_cast<void>(keep_capabilities(kept));
  std::array<pollfd, 2> waited{{{stop_.get(), POLLIN, 0}, {inotify_.get(), POLLIN, 0}}};
  while (true) {
    ::poll(waited.data(), waited.size(), kScanMilliseconds);
    if (waited[0].revents != 0) return;
    if (waited[1].revents != 0 && ::poll(waited.data(), 1, kQuietMilliseconds) > 0) return;
    drain_events();
    scan();
  }
}

void CgroupIds::drain_events() {
  alignas(inotify_event) std::array<char, 16384> buffer{};
  ssize_t length = 0;
  while ((length = ::read(inotify_.get(), buffer.data(), buffer.size())) > 0) {
    for (const char* at = buffer.data(); at < buffer.data() + length;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      at += sizeof(inotify_event) + event->len;
      if ((event->mask & IN_IGNORED) == 0) continue;  // the folder is gone
      const auto gone = watched_.find(event->wd);
      if (gone == watched_.end()) continue;
      watched_paths_.erase(gone->second);
      watched_.erase(gone);
    }
  }
}

void CgroupIds::watch(const std::string& path) {
  if (watched_.size() >= kMostWatches || watched_paths_.contains(path)) return;
  const int descriptor =
      ::inotify_add_watch(inotify_.get(), path.c_str(),
                          IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR);
  if (descriptor < 0) return;  // the next scan sees what comes
  watched_[descriptor] = path;
  watched_paths_.insert(path);
}

void CgroupIds::scan() {
  std::set<std::uint64_t> seen;
  std::vector<std::string> folders{options_.root};
  while (!folders.empty() && seen.size() < kMostCgroups) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    // Before it is read, so that nothing is made in between unseen.
    watch(folder);
    visit(folder, seen);
    std::error_code gone;  // meanwhile: then so are those in it
    for (fs::directory_iterator entry(folder, gone), end; !gone && entry != end;
         entry.increment(gone)) {
      std::error_code ignored;
      if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) {
        folders.push_back(entry->path().string());
      }
    }
  }
  forget_missing(seen);
  scanned_ = true;
}

void CgroupIds::visit(const std::string& path, std::set<std::uint64_t>& seen) {
  const auto id = id_of(path);
  if (!id) return;
  seen.insert(*id);
  if (written_.contains(*id)) return;
  if (options_.matches(path)) {
    write(path, *id);
  } else if (!scanned_ && options_.map_type != kCgroupStorage) {
    // Left behind by another configuration for the same object.
    bpf_map_delete_elem(options_.fd, &*id);
  }
}

void CgroupIds::write(const std::string& path, std::uint64_t id) {
  const std::uint64_t one = 1;
  int code = 0;
  if (options_.map_type == kCgroupStorage) {
    const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return;  // gone
    const int key = folder.get();
    code = -bpf_map_update_elem(options_.fd, &key, &one, BPF_ANY);
  } else {
    code = -bpf_map_update_elem(options_.fd, &id, &one, BPF_ANY);
  }
  if (code == 0) written_.insert(id);
  if (code != 0 && !failed_) {
    log::warning("the id of a cgroup could not be written",
                 {{"cgroup", path}, {"error", ids_error(options_.map, {}, code).message()}});
  }
  failed_ = code != 0;
}

void CgroupIds::forget_missing(const std::set<std::uint64_t>& seen) {
  for (auto id = written_.begin(); id != written_.end();) {
    if (seen.contains(*id)) {
      ++id;
      continue;
    }
    // What is stored with a cgroup goes with it.
    if (options_.map_type != kCgroupStorage) bpf_map_delete_elem(options_.fd, &*id);
    id = written_.erase(id);
  }
}

CgroupIds::~CgroupIds() {
  if (!thread_.joinable()) return;
  // Fails only where the counter is at its limit, and then the thread is woken anyway.
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

}  // namespace bpfmap::kernel
