// SPDX-License-Identifier: Apache-2.0
#include "host/path_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace bpfmap::host {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kNames = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr std::uint32_t kContents = kNames | IN_CLOSE_WRITE;
// A folder may be on several ways, of which one wants more than another.
constexpr std::uint32_t kHow = IN_MASK_ADD | IN_ONLYDIR;
constexpr int kMostLinks = 40;  // of a path, as for the kernel

Error watch_error(const std::string& subject, int code) {
  Error error{.kind = ErrorKind::kSystem, .operation = "watch", .subject = subject, .code = code};
  if (code == ENOSPC) error.hint = "raise fs.inotify.max_user_watches";
  if (code == EMFILE) error.hint = "raise fs.inotify.max_user_instances";
  return error;
}

bool is_gone(int code) { return code == ENOENT || code == ENOTDIR; }

std::string start_of(const fs::path& path) { return path.is_absolute() ? "/" : "."; }

// Puts the names of a path before those that are left to go.
void put_before(const fs::path& path, std::deque<std::string>& way) {
  std::deque<std::string> names;
  for (const fs::path& name : path.relative_path()) {
    if (!name.empty() && name != ".") names.push_back(name.string());
  }
  way.insert(way.begin(), names.begin(), names.end());
}

}  // namespace

Result<PathWatch> PathWatch::open() {
  UniqueFd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd) return unexpected(watch_error("files", errno));
  return PathWatch(std::move(fd));
}

Result<void> PathWatch::add(const std::string& path) {
  std::string at = start_of(path);
  std::deque<std::string> way;
  put_before(path, way);
  int links = 0;
  while (!way.empty()) {
    const std::size_t left = way.size();
    const auto step = take_step(at, way);
    if (!step) return unexpected(step.error());
    if (*step == Step::kEnd) return {};
    if (way.size() >= left && ++links > kMostLinks) return {};
  }
  std::error_code ignored;
  return fs::is_directory(at, ignored) ? watch_all(at) : Result<void>{};
}

// From the folder `at`, in whose path no link is left, by the first name of the way. The folder is
// watched before it is looked at, so that nothing is missed between.
Result<PathWatch::Step> PathWatch::take_step(std::string& at, std::deque<std::string>& way) {
  const std::string name = std::move(way.front());
  way.pop_front();
  const std::string next = at + '/' + name;
  if (name == "..") {
    at = next;
    return Step::kOn;
  }
  auto watched = watch_name(at, name, way.empty());
  if (!watched || *watched == Step::kEnd) return watched;
  std::error_code error;
  const fs::file_status status = fs::symlink_status(next, error);
  if (!fs::exists(status)) return Step::kEnd;
  if (!fs::is_symlink(status)) {
    at = next;
    return Step::kOn;
  }
  const fs::path target = fs::read_symlink(next, error);
  if (error) return Step::kEnd;
  if (target.is_absolute()) at = "/";
  put_before(target, way);
  return Step::kOn;
}

Result<PathWatch::Step> PathWatch::watch_name(const std::string& folder, const std::string& name,
                                              bool is_last) {
  const int watch =
      ::inotify_add_watch(fd_.get(), folder.c_str(), (is_last ? kContents : kNames) | kHow);
  if (watch >= 0) {
    folders_[watch].names.insert(name);
    return Step::kOn;
  }
  if (is_gone(errno)) return Step::kEnd;
  if (errno == EACCES && !is_last) return Step::kOn;
  return unexpected(watch_error(folder, errno));
}

Result<void> PathWatch::watch_all(const std::string& folder) {
  const int watch = ::inotify_add_watch(fd_.get(), folder.c_str(), kContents | kHow);
  if (watch >= 0) {
    folders_[watch].everything = true;
  } else if (!is_gone(errno)) {
    return unexpected(watch_error(folder, errno));
  }
  return {};
}

bool PathWatch::read() {
  alignas(inotify_event) char block[16384];
  bool changed = false;
  while (true) {
    const ssize_t got = ::read(fd_.get(), block, sizeof(block));
    if (got <= 0) return changed;
    for (const char* at = block; at < block + got;) {
      inotify_event event{};
      std::memcpy(&event, at, sizeof(event));
      const char* name = at + sizeof(event);
      at = name + event.len;
      // The name is padded with zeroes.
      changed = is_change(event.wd, event.mask, event.len > 0 ? name : "") || changed;
    }
  }
}

bool PathWatch::is_change(int watch, std::uint32_t events, std::string_view name) const {
  if ((events & IN_Q_OVERFLOW) != 0) return true;  // events were lost: it may be one of them
  const auto folder = folders_.find(watch);
  if (folder == folders_.end()) return false;
  if ((events & IN_IGNORED) != 0) return true;  // the folder is gone, and its watch with it
  return folder->second.everything || folder->second.names.contains(name);
}

}  // namespace bpfmap::host
