// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/unique_fd.h"

namespace bpfmap::host {

// Tells of folders that appear and disappear, by inotify(7): one watch for each folder. One thread
// at a time.
class FolderWatch {
 public:
  enum class Event : std::uint8_t { kAppeared, kDisappeared, kLostTrack };

  FolderWatch();

  // To be waited for: readable when something has happened. -1 where the kernel refuses to watch.
  int fd() const { return fd_.get(); }

  // From here on the folders in this one are told of. False where the kernel does not (limit of
  // watches, folder gone); errno says why.
  bool add(const std::string& folder);
  // This folder and all below it are watched no longer.
  void remove(const std::string& folder);

  // Hands out what has happened since the last call, without waiting. kLostTrack, without a path:
  // events were lost.
  void read(const std::function<void(Event, const std::string& path)>& listener);

 private:
  void forget(int watch);

  UniqueFd fd_;
  int refusal_ = 0;  // errno, where there is none
  std::unordered_map<int, std::string> folders_;
  std::map<std::string, int, std::less<>> watches_;
};

}  // namespace bpfmap::host
