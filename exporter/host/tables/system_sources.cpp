// SPDX-License-Identifier: Apache-2.0
#include "host/tables/system_sources.h"

#include <filesystem>
#include <system_error>

#include "base/small_file.h"
#include "base/text.h"
#include "host/tables/host_view.h"

namespace bpfmap::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNamespaceKinds[] = {"cgroup", "ipc",  "mnt",  "net",
                                           "pid",    "time", "user", "uts"};

// Numbers that the kernel gives to the first namespace of a kind (include/uapi/linux/nsfs.h): time,
// cgroup, pid, user, uts, ipc. Those of mnt and net are fixed since Linux 6.18 only.
constexpr std::uint32_t kFirstFixed = 0xeffffffa;
constexpr std::uint32_t kLastFixed = 0xefffffff;

// The number behind a prefix: "node3" and "node" give 3.
std::optional<std::uint32_t> number_behind(const std::string& name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  return parse_u32(std::string_view(name).substr(prefix.size()));
}

// Calls visit(path, name) for what is in a folder; false where it cannot be read.
template <typename Visit>
bool for_each_in(const fs::path& folder, Visit visit) {
  std::error_code error;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    visit(at->path(), at->path().filename().string());
  }
  return !error;
}

}  // namespace

std::vector<Row> parse_accounts(std::string_view text) {
  std::vector<Row> rows;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const std::string_view name = next_part(line, ':');
    next_part(line, ':');  // the password
    const std::optional<std::uint32_t> id = parse_u32(next_part(line, ':'));
    if (id && !name.starts_with('#')) rows.push_back({*id, std::string(name)});
  }
  return rows;
}

std::optional<std::vector<Row>> read_accounts(const std::string& path) {
  const std::optional<std::string> text = read_small_file(path);
  if (!text) return std::nullopt;
  return parse_accounts(*text);
}

std::optional<std::vector<Row>> read_interrupts(const std::string& folder) {
  std::vector<Row> rows;
  const bool read = for_each_in(folder, [&](const fs::path& path, const std::string& name) {
    const std::optional<std::uint32_t> number = parse_u32(name);
    if (!number) return;
    std::string actions = read_small_file(path / "actions").value_or("");
    while (actions.ends_with('\n')) actions.pop_back();
    rows.push_back({*number, std::move(actions)});
  });
  if (!read) return std::nullopt;
  return rows;
}

std::optional<std::vector<Row>> read_numa_nodes(const std::string& folder) {
  std::vector<Row> rows;
  const bool read = for_each_in(folder, [&](const fs::path& path, const std::string& name) {
    const std::optional<std::uint32_t> node = number_behind(name, "node");
    if (!node) return;
    for_each_in(path, [&](const fs::path&, const std::string& inside) {
      const std::optional<std::uint32_t> cpu = number_behind(inside, "cpu");
      if (cpu) rows.push_back({*cpu, std::to_string(*node)});
    });
  });
  if (!read) return std::nullopt;
  return rows;
}

std::optional<std::vector<Row>> read_namespaces(const std::string& proc) {
  std::vector<Row> rows;
  for (std::uint32_t number = kFirstFixed;; ++number) {
    rows.push_back({number, "host"});
    if (number == kLastFixed) break;
  }
  const bool is_host = shows_host_processes(proc);
  for (const char* kind : kNamespaceKinds) {
    const auto first = is_host ? namespace_number(proc + "/1/ns/" + kind) : std::nullopt;
    if (first) rows.push_back({*first, "host"});
    // Of two rows for a number the first one counts.
    const auto own = namespace_number(proc + "/self/ns/" + kind);
    if (own) rows.push_back({*own, "exporter"});
  }
  return rows;
}

}  // namespace bpfmap::host
