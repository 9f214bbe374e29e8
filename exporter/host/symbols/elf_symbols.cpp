// SPDX-License-Identifier: Apache-2.0
#include "host/symbols/elf_symbols.h"

#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

namespace bpfmap::host {
namespace {

struct ElfDeleter {
  void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfPtr = std::unique_ptr<Elf, ElfDeleter>;

// Hand-written assembly often does not say how long its functions are: those end where the next one
// begins, or after 4 KiB.
void set_missing_sizes(std::vector<SymbolRow>& rows) {
  constexpr std::uint64_t kMostBytes = 4096;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const SymbolRow& a, const SymbolRow& b) { return a.address < b.address; });
  std::uint64_t next = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t i = rows.size(); i-- > 0;) {
    if (i + 1 < rows.size() && rows[i + 1].address != rows[i].address) next = rows[i + 1].address;
    if (rows[i].size != 0) continue;
    rows[i].size = static_cast<std::uint32_t>(std::min(next - rows[i].address, kMostBytes));
  }
}

}  // namespace

// Takes an opened file apart. libelf checks all sizes and offsets against the file.
class ElfReader {
 public:
  explicit ElfReader(Elf* elf) : elf_(elf) {}

  std::optional<ElfSymbols> read() {
    if (elf_ == nullptr || elf_kind(elf_) != ELF_K_ELF) return std::nullopt;
    ElfSymbols symbols;
    add_segments(symbols.segments_);
    if (!add_symbols(SHT_SYMTAB)) add_symbols(SHT_DYNSYM);
    set_missing_sizes(rows_);
    symbols.table_ = SymbolTable(std::move(rows_), std::move(names_));
    return symbols;
  }

 private:
  void add_segments(std::vector<ElfSymbols::Segment>& segments) {
    std::size_t count = 0;
    if (elf_getphdrnum(elf_, &count) != 0) return;
    for (std::size_t i = 0; i < count && i <= std::numeric_limits<std::uint16_t>::max(); ++i) {
      GElf_Phdr header;
      if (gelf_getphdr(elf_, static_cast<int>(i), &header) == nullptr) return;
      if (header.p_type != PT_LOAD || header.p_filesz == 0) continue;
      segments.push_back({header.p_offset, header.p_filesz, header.p_vaddr});
    }
  }

  // Whether there were functions in a section of that type.
  bool add_symbols(GElf_Word type) {
    Elf_Scn* section = nullptr;
    while ((section = elf_nextscn(elf_, section)) != nullptr) {
      GElf_Shdr header;
      if (gelf_getshdr(section, &header) != nullptr && header.sh_type == type) {
        add_section(section, header);
      }
    }
    return !rows_.empty();
  }

  void add_section(Elf_Scn* section, const GElf_Shdr& header) {
    Elf_Data* data = elf_getdata(section, nullptr);
    if (data == nullptr || header.sh_entsize == 0) return;
    const std::size_t count =
        std::min<std::uint64_t>(data->d_size / header.sh_entsize, ElfSymbols::kMaxSymbols);
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Sym symbol;
      if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) return;
      add_symbol(symbol, header.sh_link);
    }
  }

  void add_symbol(const GElf_Sym& symbol, std::size_t strings) {
    const auto type = GELF_ST_TYPE(symbol.st_info);
    const bool is_function = type == STT_FUNC || type == STT_GNU_IFUNC;
    if (!is_function || symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0) return;
    const char* name = elf_strptr(elf_, strings, symbol.st_name);
    if (name == nullptr || *name == '\0' || names_.is_full()) return;
    constexpr std::uint64_t kMostBytes = std::numeric_limits<std::uint32_t>::max();
    const auto size =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(symbol.st_size, kMostBytes));
    rows_.push_back({symbol.st_value, size, names_.add(name), 0});
  }

  Elf* elf_;
  std::vector<SymbolRow> rows_;
  SymbolNames names_;
};

std::optional<ElfSymbols> ElfSymbols::read(int fd) {
  elf_version(EV_CURRENT);
  const ElfPtr elf(elf_begin(fd, ELF_C_READ, nullptr));
  return ElfReader(elf.get()).read();
}

std::optional<ElfSymbols> ElfSymbols::read(std::span<char> image) {
  elf_version(EV_CURRENT);
  const ElfPtr elf(elf_memory(image.data(), image.size()));
  return ElfReader(elf.get()).read();
}

std::optional<Symbol> ElfSymbols::find(std::uint64_t file_offset) const {
  for (const Segment& segment : segments_) {
    if (file_offset < segment.offset || file_offset - segment.offset >= segment.size) continue;
    if (auto symbol = table_.find(file_offset - segment.offset + segment.address)) return symbol;
  }
  return std::nullopt;
}

}  // namespace bpfmap::host
