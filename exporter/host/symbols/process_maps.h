// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpfmap::host {

// An executable part of the memory of a process.
struct Mapping {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t offset = 0;  // of `begin` in the file
  std::uint64_t inode = 0;   // 0: no file
  std::string path;          // as the process sees it, "[vdso]", or empty
  bool is_deleted = false;   // the file has no name any more
};

// The executable mappings in a text of /proc/PID/maps, by address. Lines that look different are
// skipped; there is an end at kMaxMappings.
inline constexpr std::size_t kMaxMappings = 65536;
std::vector<Mapping> parse_maps(std::string_view text);

// Of a process by its folder, "/proc/PID". Nothing where there is no such process (any more), or
// where this process may not see it.
std::optional<std::vector<Mapping>> read_maps(const std::string& process);

// When a process was started, in clock ticks since boot: with its pid, this tells it from
// every other one.
std::optional<std::uint64_t> parse_start_time(std::string_view stat);
std::optional<std::uint64_t> read_start_time(const std::string& process);

// The last part of a path.
std::string_view base_name(std::string_view path);

}  // namespace bpfmap::host
