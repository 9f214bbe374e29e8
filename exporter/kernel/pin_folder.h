// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bpfmap::kernel {

// The folder of one configuration in a bpf file system, where its pins are. Locked for as long as
// this lives, so that no other exporter uses it. What is in it may be anything: a caller that reads
// a pin has to look at what it is. Touches only files that it could have made itself; those of
// others are passed by. Used by one thread at a time.
class PinFolder {
 public:
  // BASE/CONFIG, made where it is missing, for this process's user alone. Errors: no bpf file
  // system, the folder belongs to another user or others may write to it, another process
  // holds the lock.
  static Result<std::shared_ptr<PinFolder>> open(const std::string& base,
                                                 const std::string& config);

  PinFolder(const PinFolder&) = delete;
  PinFolder& operator=(const PinFolder&) = delete;
  // Removes the folder where nothing is in it: a start that fails leaves no trace.
  ~PinFolder();

  const std::string& path() const { return path_; }

  // The path of a pin: its kind ("map", "link", ...), name and id. Any bytes can be in the name.
  std::string file(std::string_view kind, std::string_view name, std::uint32_t id) const;
  std::string manifest() const { return path_ + "/manifest"; }

  Result<void> pin(int fd, const std::string& path) const;

  // Pins a manifest beside the one that is there, which goes on being the one that counts.
  Result<void> prepare_manifest(int fd) const;
  // Puts the prepared one in its place, at one instant, so that there is always one.
  Result<void> replace_manifest() const;
  // Takes the prepared one away again.
  void drop_prepared_manifest() const;

  // Removes all pins but these paths.
  void sweep(const std::set<std::string>& wanted) const;

  // Removes everything, the folder too. The lock stays.
  void remove() const;

 private:
  PinFolder(std::string path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string next_manifest() const { return manifest() + "-next"; }

  std::string path_;
  UniqueFd lock_;
};

// Names of configurations whose folders in `base` no process has locked: what earlier exporters
// have left there.
std::vector<std::string> unused_pin_folders(const std::string& base);

// Bytes as a word for file names of bpffs, which takes no dots, and for lines of the manifest.
std::string pin_word(std::string_view text);

}  // namespace bpfmap::kernel
