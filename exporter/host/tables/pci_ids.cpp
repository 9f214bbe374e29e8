// SPDX-License-Identifier: Apache-2.0
#include "host/tables/pci_ids.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/log.h"
#include "base/small_file.h"
#include "base/text.h"

namespace bpfmap::host {
namespace {

// "1533  I210 Gigabit" after its tabs: takes the number off.
std::optional<std::uint32_t> take_id(std::string_view& line) {
  const std::optional<std::uint32_t> id = parse_u32(next_word(line), 16);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  if (line.empty()) return std::nullopt;
  return id;
}

}  // namespace

std::string_view PciIds::find(Kind kind, std::uint64_t id) {
  bool is_first = false;
  std::call_once(loaded_, [&] {
    load();
    is_first = true;
  });
  lookups_.add(is_first ? 0 : 1, is_first ? 1 : 0);
  if (id > std::numeric_limits<std::uint32_t>::max()) return {};
  const std::vector<Entry>& entries = entries_[static_cast<std::size_t>(kind)];
  const auto at =
      std::lower_bound(entries.begin(), entries.end(), id,
                       [](const Entry& entry, std::uint64_t wanted) { return entry.id < wanted; });
  return at != entries.end() && at->id == id ? at->name : std::string_view{};
}

void PciIds::load() {
  for (const std::string& path : paths_) {
    std::optional<std::string> text = read_small_file(path);
    if (!text) continue;
    text_ = *std::move(text);
    parse();
    return;
  }
  log::warning("PCI devices stay numbers: there is no pci.ids (package hwdata)",
               {{"looked_for", paths_.empty() ? "" : paths_.front()}});
}

// Lines are "VENDOR  name", "<tab>DEVICE  name", "<tab><tab>SUBSYSTEM ..." and, behind all vendors,
// "C CLASS  name", "<tab>SUBCLASS  name", "<tab><tab>INTERFACE  name".
void PciIds::parse() {
  std::string_view text = text_;
  std::optional<std::uint32_t> above;
  bool in_classes = false;
  const auto add = [&](Kind kind, std::uint32_t id, std::string_view name) {
    entries_[static_cast<std::size_t>(kind)].push_back({id, name.substr(0, kMaxName)});
    size_.fetch_add(1, std::memory_order_relaxed);
  };
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (line.empty() || line.starts_with('#') || line.starts_with("\t\t")) continue;
    if (line.starts_with('\t')) {
      const std::optional<std::uint32_t> id = take_id(line);
      if (!id || !above) continue;
      if (in_classes) add(Kind::kSubclass, *above << 8 | *id, line);
      if (!in_classes) add(Kind::kDevice, *above << 16 | *id, line);
      continue;
    }
    in_classes = line.starts_with("C ");
    if (in_classes) line.remove_prefix(2);
    above = take_id(line);
    if (above) add(in_classes ? Kind::kClass : Kind::kVendor, *above, line);
  }
  for (std::vector<Entry>& entries : entries_) {
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return a.id < b.id; });
  }
}

CacheStatistics PciIds::statistics() const {
  return {"pci_ids", size_.load(std::memory_order_relaxed), lookups_.hits(), lookups_.misses()};
}

}  // namespace bpfmap::host
