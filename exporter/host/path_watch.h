// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bpfmap::host {

// Tells of changes by which a path can lead to something else, by inotify(7): of a file that is
// written and closed, of whatever comes, goes or is written in a folder, and of every folder and
// symbolic link on the way there that is made, moved, replaced or deleted. The way is followed
// once, by add(): after a change, a new watch has to be made. What is mounted over a folder, and
// what happens on other hosts of a network file system, is not seen. One thread at a time.
class PathWatch {
 public:
  static Result<PathWatch> open();

  // From here on, changes of this path are told of. Where it leads to nothing, its coming is. The
  // error names the folder that the kernel does not watch; folders on the way that may be passed
  // but not read are left out.
  Result<void> add(const std::string& path);

  // To be waited for: readable when something has happened, which need not be a change.
  int fd() const { return fd_.get(); }

  // Whether something has changed since the last call; does not wait.
  bool read();

 private:
  // What is of interest in a folder.
  struct Folder {
    bool everything = false;
    std::set<std::string, std::less<>> names;
  };
  enum class Step : std::uint8_t { kOn, kEnd };

  explicit PathWatch(UniqueFd fd) : fd_(std::move(fd)) {}
  Result<Step> take_step(std::string& at, std::deque<std::string>& way);
  Result<Step> watch_name(const std::string& folder, const std::string& name, bool is_last);
  Result<void> watch_all(const std::string& folder);
  bool is_change(int watch, std::uint32_t events, std::string_view name) const;

  UniqueFd fd_;
  std::unordered_map<int, Folder> folders_;
};

}  // namespace bpfmap::host
