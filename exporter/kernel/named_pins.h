// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bpfmap::kernel {

// Maps that programs of several loaders share by their name (LIBBPF_PIN_BY_NAME): those that are
// pinned in a bpf file system, and those that objects of this process have made and that are to be
// pinned there when all has started. Used by one thread at a time.
class NamedPins {
 public:
  // `folder` is where such pins are, as a rule the root of a bpf file system.
  explicit NamedPins(std::string folder) : folder_(std::move(folder)) {}
  NamedPins(const NamedPins&) = delete;
  NamedPins& operator=(const NamedPins&) = delete;

  std::string path(const std::string& map) const;

  // What the name stands for; an empty descriptor where nothing does yet. The error is that of a
  // pin that is no map, or that this process may not open, or of no bpf file system.
  Result<UniqueFd> open(const std::string& map) const;

  // A map that was made because there was none.
  Result<void> offer(const std::string& map, int fd);

  // Pins a map, unless it is pinned already; whether it was not. The error is that of another
  // loader that was faster.
  Result<bool> pin(const std::string& map, int fd) const;

 private:
  std::string folder_;
  std::map<std::string, UniqueFd> offered_;
};

// The root of the file system that a folder is in or will be made in: where pins by name are that
// have to be found by others. libbpf's own is /sys/fs/bpf.
std::string root_of_file_system(const std::string& folder);

}  // namespace bpfmap::kernel
