// SPDX-License-Identifier: Apache-2.0
#include "kernel/libbpf/fd_info.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "base/unique_fd.h"

namespace bpfmap::kernel {

std::string read_proc_text(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  std::array<char, 4096> buffer{};
  std::size_t length = 0;
  while (length < buffer.size()) {
    const ssize_t count = ::read(fd.get(), buffer.data() + length, buffer.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    length += static_cast<std::size_t>(count);
  }
  return {buffer.data(), length};
}

std::string read_own_fd_info(int fd) {
  return read_proc_text("/proc/self/fdinfo/" + std::to_string(fd));
}

std::optional<std::uint64_t> fd_info_number(std::string_view text, std::string_view field) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with(field) || !line.substr(field.size()).starts_with(":")) continue;
    std::string_view word = line.substr(field.size() + 1);
    word.remove_prefix(std::min(word.size(), word.find_first_not_of(" \t")));
    std::uint64_t number = 0;
    const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (failed != std::errc{}) return std::nullopt;
    return number;
  }
  return std::nullopt;
}

}  // namespace bpfmap::kernel
