// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "host/symbol_table.h"

namespace bpfmap::host {

// The functions of an ELF file: of its .symtab, or of its .dynsym where it was stripped. Immutable,
// shared by threads.
class ElfSymbols {
 public:
  // Reads the file behind a descriptor, which stays open, or an image in memory, which must stay as
  // long as this runs. Nothing for what is no ELF file; a table without symbols for one that has
  // none. There is an end to symbols at kMaxSymbols.
  static constexpr std::size_t kMaxSymbols = 4'000'000;
  static std::optional<ElfSymbols> read(int fd);
  static std::optional<ElfSymbols> read(std::span<char> image);

  // The function at an offset in the file, which is how mappings tell where something is.
  std::optional<Symbol> find(std::uint64_t file_offset) const;

  std::size_t size() const { return table_.size(); }
  std::size_t memory_bytes() const { return table_.memory_bytes(); }

 private:
  struct Segment {
    std::uint64_t offset;  // in the file
    std::uint64_t size;
    std::uint64_t address;  // before the file is moved to where it is loaded
  };
  friend class ElfReader;

  std::vector<Segment> segments_;
  SymbolTable table_;
};

}  // namespace bpfmap::host
