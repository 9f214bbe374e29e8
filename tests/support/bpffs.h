// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "support/temporary_directory.h"

namespace bpfmap::test {

// A folder of its own in a bpf file system, which is mounted at /sys/fs/bpf if it is not; removed
// with all pins in it. Every user may enter it.
class BpfFolder {
 public:
  BpfFolder();
  ~BpfFolder();
  BpfFolder(const BpfFolder&) = delete;
  BpfFolder& operator=(const BpfFolder&) = delete;

  // Why there is none (then the path is empty); for lacks().
  const std::string& problem() const { return problem_; }
  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const;

  // Pins a map, program or link; a pin of that name is replaced. Folders of its name are made.
  // Returns its path.
  std::string pin(int fd, std::string_view name) const;
  void unpin(std::string_view name) const;

 private:
  std::string problem_;
  std::string path_;
};

// A bpf file system of its own, in which no other test pins anything.
class BpfMount {
 public:
  BpfMount();
  ~BpfMount();
  BpfMount(const BpfMount&) = delete;
  BpfMount& operator=(const BpfMount&) = delete;

  const std::string& problem() const { return problem_; }  // why there is none; for lacks()
  const std::string& path() const { return directory_.path(); }
  std::string operator/(std::string_view name) const { return directory_ / name; }

 private:
  TemporaryDirectory directory_;
  std::string problem_;
};

}  // namespace bpfmap::test
