// SPDX-License-Identifier: Apache-2.0
#include "base/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "base/unique_fd.h"

namespace bpfmap {

std::optional<std::string> read_small_file(const std::string& path) {
  // Room for /proc/self/maps of large processes, and for the longest lists of devices.
  constexpr std::size_t kMaxBytes = std::size_t{8} << 20;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string text;
  char block[16384];
  while (text.size() < kMaxBytes) {
    const ssize_t got = ::read(fd.get(), block, sizeof(block));
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    text.append(block, static_cast<std::size_t>(got));
  }
  if (text.size() >= kMaxBytes) text.resize(text.rfind('\n') + 1);  // no half of a name
  return text;
}

}  // namespace bpfmap
