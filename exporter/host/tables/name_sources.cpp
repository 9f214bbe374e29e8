// SPDX-License-Identifier: Apache-2.0
#include "host/tables/name_sources.h"

#include <net/if.h>

#include <cstdint>
#include <memory>

#include "base/small_file.h"
#include "base/text.h"

namespace bpfmap::host {
namespace {

struct NameIndexDeleter {
  void operator()(struct if_nameindex* table) const { if_freenameindex(table); }
};

std::optional<std::uint32_t> next_number(std::string_view& line) {
  return parse_u32(next_word(line));
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
  const std::optional<std::string> text = read_small_file(path);
  if (!text) return std::nullopt;
  return parse_partitions(*text);
}

std::vector<Row> parse_partitions(std::string_view text) {
  std::vector<Row> rows;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const std::optional<std::uint32_t> major = next_number(line);
    const std::optional<std::uint32_t> minor = next_number(line);
    next_word(line);  // the size: more than 32 bits on large disks, and of no interest
    const std::string_view name = next_word(line);
    if (!major || !minor || name.empty()) continue;
    rows.push_back({device_id(*major, *minor), std::string(name)});
  }
  return rows;
}

}  // namespace bpfmap::host
