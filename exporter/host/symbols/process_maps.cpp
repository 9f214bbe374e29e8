// SPDX-License-Identifier: Apache-2.0
#include "host/symbols/process_maps.h"

#include <algorithm>

#include "base/small_file.h"
#include "base/text.h"

namespace bpfmap::host {
namespace {

constexpr std::string_view kDeleted = " (deleted)";

// "BEGIN-END PERMISSIONS OFFSET DEVICE INODE     PATH"; newlines in a path come as \012.
std::optional<Mapping> parse_line(std::string_view line) {
  const std::string_view range = next_word(line);
  const std::size_t dash = std::min(range.find('-'), range.size());
  const auto begin = parse_u64(range.substr(0, dash), 16);
  const auto end = parse_u64(range.substr(std::min(dash + 1, range.size())), 16);
  const std::string_view permissions = next_word(line);
  const auto offset = parse_u64(next_word(line), 16);
  next_word(line);
  const auto inode = parse_u64(next_word(line), 10);
  if (!begin || !end || !offset || !inode) return std::nullopt;
  if (permissions.find('x') == std::string_view::npos) return std::nullopt;
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  Mapping mapping{*begin, *end, *offset, *inode, std::string(line), line.ends_with(kDeleted)};
  if (mapping.is_deleted) mapping.path.resize(line.size() - kDeleted.size());
  return mapping;
}

}  // namespace

std::vector<Mapping> parse_maps(std::string_view text) {
  std::vector<Mapping> mappings;
  while (!text.empty() && mappings.size() < kMaxMappings) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (auto mapping = parse_line(line)) mappings.push_back(*std::move(mapping));
  }
  return mappings;
}

std::optional<std::vector<Mapping>> read_maps(const std::string& process) {
  const auto text = read_small_file(process + "/maps");
  // That of a kernel thread, and of a process that has just ended, is empty.
  if (!text || text->empty()) return std::nullopt;
  return parse_maps(*text);
}

std::optional<std::uint64_t> parse_start_time(std::string_view stat) {
  // The name, in parentheses, may hold anything. The time is the 22nd field, the 20th behind it.
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(name_end + 1);
  for (int skipped = 0; skipped < 19; ++skipped) next_word(stat);
  return parse_u64(next_word(stat), 10);
}

std::optional<std::uint64_t> read_start_time(const std::string& process) {
  const auto text = read_small_file(process + "/stat");
  return text ? parse_start_time(*text) : std::nullopt;
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace bpfmap::host
