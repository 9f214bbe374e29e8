// SPDX-License-Identifier: Apache-2.0
#include "host/tables/file_change.h"

#include <sys/stat.h>

namespace bpfmap::host {

bool FileChange::operator()() {
  struct stat found {};
  std::optional<Stamp> now;
  if (::stat(path_.c_str(), &found) == 0) {
    now = Stamp{found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec,
                found.st_mtim.tv_nsec};
  }
  const std::optional<Stamp> before = std::exchange(last_, now);
  return !now || now != before;
}

}  // namespace bpfmap::host
