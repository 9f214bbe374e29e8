// SPDX-License-Identifier: Apache-2.0
#include "host/name_sources.h"

#include <net/if.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <memory>

#include "host/files.h"
#include "host/host_names.h"

namespace bpfmap::host {
namespace {

struct NameIndexDeleter {
  void operator()(struct if_nameindex* table) const { if_freenameindex(table); }
};

std::string_view next_word(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  line.remove_prefix(begin);
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

std::optional<std::uint32_t> next_number(std::string_view& line) {
  const std::string_view word = next_word(line);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::vector<Row>> read_interfaces() {
  const std::unique_ptr<struct if_nameindex, NameIndexDeleter> table(::if_nameindex());
  if (table == nullptr) return std::nullopt;
  std::vector<Row> rows;
  for (const struct if_nameindex* at = table.get(); at->if_name != nullptr; ++at) {
    rows.push_back({at->if_index, at->if_name});
  }
  return rows;
}

std::optional<std::vector<Row>> read_partitions(const std::string& path) {
  std::optional<std::string> text = read_file(path);
  if (!text) return std::nullopt;
  if (text->size() >= kMaxFileBytes) text->resize(text->rfind('\n') + 1);  // no half of a name
  return parse_partitions(*text);
}

std::vector<Row> parse_partitions(std::string_view text) {
  std::vector<Row> rows;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::optional<std::uint32_t> major = next_number(line);
    const std::optional<std::uint32_t> minor = next_number(line);
    next_word(line);  // the size: more than 32 bits on large disks, and of no interest
    const std::string_view name = next_word(line);
    if (!major || !minor || name.empty()) continue;
    rows.push_back({HostNames::device_id(*major, *minor), std::string(name)});
  }
  return rows;
}

}  // namespace bpfmap::host
