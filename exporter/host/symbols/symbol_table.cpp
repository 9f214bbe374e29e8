// SPDX-License-Identifier: Apache-2.0
#include "host/symbol_table.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace bpfmap::host {

std::uint32_t SymbolNames::add(std::string_view name) {
  const auto place = static_cast<std::uint32_t>(text_.size());
  text_ += name.substr(0, kMaxName);
  text_ += '\0';
  return place;
}

std::uint16_t SymbolNames::add_module(std::string_view module) {
  // Symbols come module by module: the last one is mostly the one.
  for (std::size_t i = modules_.size(); i-- > 0;) {
    if (modules_[i] == module) return static_cast<std::uint16_t>(i);
  }
  if (modules_.size() > std::numeric_limits<std::uint16_t>::max()) return 0;
  modules_.emplace_back(module);
  return static_cast<std::uint16_t>(modules_.size() - 1);
}

SymbolTable::SymbolTable(std::vector<SymbolRow> rows, SymbolNames names)
    : names_(std::move(names)) {
  const auto is_below = [](const SymbolRow& a, const SymbolRow& b) {
    return a.address < b.address;
  };
  if (!std::is_sorted(rows.begin(), rows.end(), is_below)) {
    std::stable_sort(rows.begin(), rows.end(), is_below);
  }
  names_.shrink();
  addresses_.reserve(rows.size());
  sizes_.reserve(rows.size());
  name_places_.reserve(rows.size());
  modules_.reserve(rows.size());
  for (const SymbolRow& row : rows) {
    addresses_.push_back(row.address);
    sizes_.push_back(row.size);
    name_places_.push_back(row.name);
    modules_.push_back(row.module);
  }
}

std::optional<Symbol> SymbolTable::find(std::uint64_t address) const {
  // How many symbols may begin between a function and an address in it: labels of
  // hand-written assembly, mostly.
  constexpr std::size_t kMaxSteps = 32;
  auto at = static_cast<std::size_t>(
      std::upper_bound(addresses_.begin(), addresses_.end(), address) - addresses_.begin());
  std::optional<std::size_t> found;
  for (std::size_t steps = 0; at-- > 0 && steps < kMaxSteps; ++steps) {
    if (found && addresses_[at] != addresses_[*found]) break;
    if (address - addresses_[at] < sizes_[at]) found = at;
  }
  if (!found) return std::nullopt;
  return Symbol{names_.at(name_places_[*found]), names_.module(modules_[*found]),
                address - addresses_[*found]};
}

std::optional<std::uint64_t> SymbolTable::address_of(std::string_view name) const {
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    if (names_.at(name_places_[i]) == name) return addresses_[i];
  }
  return std::nullopt;
}

std::size_t SymbolTable::memory_bytes() const {
  return addresses_.capacity() * sizeof(addresses_[0]) + sizes_.capacity() * sizeof(sizes_[0]) +
         name_places_.capacity() * sizeof(name_places_[0]) +
         modules_.capacity() * sizeof(modules_[0]) + names_.memory_bytes();
}

}  // namespace bpfmap::host
