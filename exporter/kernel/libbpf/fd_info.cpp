// SPDX-License-Identifier: Apache-2.0
#include "kernel/libbpf/fd_info.h"

#include "base/small_file.h"
#include "base/text.h"

namespace bpfmap::kernel {

std::string read_own_fd_info(int fd) {
  return read_small_file("/proc/self/fdinfo/" + std::to_string(fd)).value_or("");
}

std::optional<std::uint64_t> fd_info_number(std::string_view text, std::string_view field) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (next_part(line, ':') == field) return parse_u64(next_word(line));
  }
  return std::nullopt;
}

}  // namespace bpfmap::kernel
