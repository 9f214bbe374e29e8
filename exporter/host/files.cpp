// SPDX-License-Identifier: Apache-2.0
#include "host/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.h"

namespace bpfmap::host {

std::optional<std::string> read_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string text;
  char block[16384];
  while (text.size() < kMaxFileBytes) {
    const ssize_t got = ::read(fd.get(), block, sizeof(block));
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    text.append(block, static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace bpfmap::host
