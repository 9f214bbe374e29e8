// SPDX-License-Identifier: Apache-2.0
#include "host/watch/folder_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

namespace bpfmap::host {
namespace {

constexpr std::uint32_t kAppearing = IN_CREATE | IN_MOVED_TO;
constexpr std::uint32_t kDisappearing = IN_DELETE | IN_MOVED_FROM;
constexpr std::uint32_t kFoldersOnly = IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

}  // namespace

FolderWatch::FolderWatch() : fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), refusal_(errno) {}

bool FolderWatch::add(const std::string& folder) {
  if (!fd_) {
    errno = refusal_;
    return false;
  }
  const int watch =
      ::inotify_add_watch(fd_.get(), folder.c_str(), kAppearing | kDisappearing | kFoldersOnly);
  if (watch < 0) return false;
  forget(watch);  // the same folder under the name it had before
  folders_[watch] = folder;
  watches_[folder] = watch;
  return true;
}

void FolderWatch::remove(const std::string& folder) {
  std::vector<int> gone;
  if (const auto at = watches_.find(folder); at != watches_.end()) gone.push_back(at->second);
  const std::string below = folder + '/';
  for (auto at = watches_.lower_bound(below); at != watches_.end() && at->first.starts_with(below);
       ++at) {
    gone.push_back(at->second);
  }
  for (const int watch : gone) {
    ::inotify_rm_watch(fd_.get(), watch);  // fails for a folder that is gone, with its watch
    forget(watch);
  }
}

void FolderWatch::forget(int watch) {
  const auto at = folders_.find(watch);
  if (at == folders_.end()) return;
  const auto place = watches_.find(at->second);
  if (place != watches_.end() && place->second == watch) watches_.erase(place);
  folders_.erase(at);
}

void FolderWatch::read(const std::function<void(Event, const std::string& path)>& listener) {
  alignas(inotify_event) char block[16384];
  while (fd_) {
    const ssize_t got = ::read(fd_.get(), block, sizeof(block));
    if (got <= 0) return;
    for (const char* at = block; at < block + got;) {
      inotify_event event{};
      std::memcpy(&event, at, sizeof(event));
      const char* name = at + sizeof(event);
      at = name + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) listener(Event::kLostTrack, {});
      const auto folder = folders_.find(event.wd);
      if (folder == folders_.end()) continue;
      if ((event.mask & IN_IGNORED) != 0) {
        forget(event.wd);
        continue;
      }
      if ((event.mask & IN_ISDIR) == 0 || event.len == 0) continue;
      const std::string path = folder->second + '/' + name;
      if ((event.mask & kAppearing) != 0) listener(Event::kAppeared, path);
      if ((event.mask & kDisappearing) != 0) listener(Event::kDisappeared, path);
    }
  }
}

}  // namespace bpfmap::host
