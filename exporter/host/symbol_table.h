// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpfmap::host {

// A function that an address lies in. The views are those of its table.
struct Symbol {
  std::string_view name;
  std::string_view module;   // of the kernel; empty for what is part of the kernel itself
  std::uint64_t offset = 0;  // of the address into the function
};

// A symbol as a table is built from it.
struct SymbolRow {
  std::uint64_t address = 0;
  std::uint32_t size = 0;  // 0: a name that covers nothing, such as that of data
  std::uint32_t name = 0;  // what SymbolNames::add() returned
  std::uint16_t module = 0;
};

// The names of a table in one buffer, each ended by NUL.
class SymbolNames {
 public:
  static constexpr std::size_t kMaxName = 511;  // KSYM_NAME_LEN of the kernel; others are cut

  std::uint32_t add(std::string_view name);
  std::string_view at(std::uint32_t place) const { return text_.data() + place; }

  // An index; of all names together there can be 65535, what is behind has none.
  std::uint16_t add_module(std::string_view module);
  std::string_view module(std::uint16_t index) const { return modules_[index]; }

  bool is_full() const { return text_.size() >= kMaxBytes; }
  void shrink() { text_.shrink_to_fit(); }
  std::size_t memory_bytes() const { return text_.capacity(); }

 private:
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 31;
  std::string text_;
  std::vector<std::string> modules_{std::string()};
};

// Names of addresses. Immutable, shared by threads.
class SymbolTable {
 public:
  SymbolTable() = default;
  // Rows of equal addresses keep their order.
  SymbolTable(std::vector<SymbolRow> rows, SymbolNames names);

  // The function that covers `address`. Of several that begin in one place the first that was
  // added; of those that overlap the one that begins last.
  std::optional<Symbol> find(std::uint64_t address) const;

  // The address of the first symbol of that very name, functions and data alike. Looks
  // at every name.
  std::optional<std::uint64_t> address_of(std::string_view name) const;

  std::size_t size() const { return addresses_.size(); }
  std::size_t memory_bytes() const;

 private:
  std::vector<std::uint64_t> addresses_;  // sorted
  std::vector<std::uint32_t> sizes_;
  std::vector<std::uint32_t> name_places_;
  std::vector<std::uint16_t> modules_;
  SymbolNames names_;
};

}  // namespace bpfmap::host
