// SPDX-License-Identifier: Apache-2.0
#include "kernel/code/program_code.h"

#include <elf.h>

#include <optional>
#include <string_view>

#include "kernel/elf/elf_sections.h"
#include "kernel/elf/raw_bytes.h"

namespace bpfmap::kernel {
namespace {

constexpr std::string_view kSubprograms = ".text";  // functions that programs call

bool is_code(const Elf64_Shdr& header) {
  return header.sh_type == SHT_PROGBITS && (header.sh_flags & SHF_EXECINSTR) != 0;
}

bool holds_variables(std::string_view section) {
  return section.starts_with(".data") || section.starts_with(".bss");
}

bool holds_settings(std::string_view section) { return section.starts_with(".rodata"); }

// How a BPF_LD | BPF_IMM | BPF_DW and a call look.
bool loads_address(const bpf_insn& instruction) {
  return instruction.code == (BPF_LD | BPF_IMM | BPF_DW);
}

// Reads one object; section numbers are those of the ELF file until they are numbers of code.
class CodeReader {
 public:
  explicit CodeReader(std::span<const std::byte> object) { broken_ = !elf_.find(object).empty(); }

  ProgramCode read() {
    if (broken_) return {};
    code_index_.assign(elf_.headers().size(), std::nullopt);
    for (std::size_t i = 0; i < elf_.headers().size(); ++i) read_section(i);
    for (const Elf64_Shdr& header : elf_.headers()) {
      if (header.sh_type == SHT_SYMTAB) read_symbols(header);
    }
    for (const Elf64_Shdr& header : elf_.headers()) {
      if (header.sh_type == SHT_REL) read_relocations(header);
    }
    return std::move(code_);
  }

 private:
  struct Object {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
    std::size_t region = 0;
  };

  void read_section(std::size_t index) {
    const Elf64_Shdr& header = elf_.headers()[index];
    if (!is_code(header)) return;
    const ElfSections::Bytes content = elf_.content(header);
    CodeSection section;
    section.name = elf_.name(header);
    for (std::size_t at = 0; at + sizeof(bpf_insn) <= content.size(); at += sizeof(bpf_insn)) {
      section.instructions.push_back(read_at<bpf_insn>(content, at));
    }
    code_index_[index] = code_.sections.size();
    code_.sections.push_back(std::move(section));
  }

  void read_symbols(const Elf64_Shdr& table) {
    const ElfSections::Bytes content = elf_.content(table);
    for (std::size_t at = 0; at + sizeof(Elf64_Sym) <= content.size(); at += sizeof(Elf64_Sym)) {
      const auto symbol = read_at<Elf64_Sym>(content, at);
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= elf_.headers().size()) continue;
      const unsigned type = ELF64_ST_TYPE(symbol.st_info);
      if (type == STT_FUNC) add_program(symbol);
      if (type == STT_OBJECT) add_object(symbol, elf_.text(table.sh_link, symbol.st_name));
    }
  }

  void add_program(const Elf64_Sym& symbol) {
    const auto section = code_index_[symbol.st_shndx];
    if (!section || elf_.name(elf_.headers()[symbol.st_shndx]) == kSubprograms) return;
    code_.programs.push_back({*section, symbol.st_value / sizeof(bpf_insn)});
  }

  void add_object(const Elf64_Sym& symbol, std::string_view name) {
    const Elf64_Shdr& header = elf_.headers()[symbol.st_shndx];
    const std::string_view section = elf_.name(header);
    Region region{std::string(name), section == ".maps"};
    if (holds_settings(section)) {
      region.setting = bytes_of(symbol, elf_.content(header));
    } else if (!region.is_map && !holds_variables(section)) {
      return;
    }
    objects_[symbol.st_shndx].push_back({symbol.st_value, symbol.st_size, code_.regions.size()});
    code_.regions.push_back(std::move(region));
  }

  static std::vector<std::byte> bytes_of(const Elf64_Sym& symbol, ElfSections::Bytes section) {
    if (!is_within(section.size(), symbol.st_value, symbol.st_size)) return {};
    const auto bytes = section.subspan(symbol.st_value, symbol.st_size);
    return {bytes.begin(), bytes.end()};
  }

  void read_relocations(const Elf64_Shdr& header) {
    const auto section = code_index_[header.sh_info];
    if (!section) return;
    const ElfSections::Bytes content = elf_.content(header);
    const ElfSections::Bytes symbols = elf_.content(elf_.headers()[header.sh_link]);
    for (std::size_t at = 0; at + sizeof(Elf64_Rel) <= content.size(); at += sizeof(Elf64_Rel)) {
      const auto relocation = read_at<Elf64_Rel>(content, at);
      const auto symbol =
          read_at<Elf64_Sym>(symbols, ELF64_R_SYM(relocation.r_info) * sizeof(Elf64_Sym));
      relocate(code_.sections[*section], relocation.r_offset / sizeof(bpf_insn), symbol);
    }
  }

  // The addend stands in the instruction. Calls count in instructions from the one behind them, as
  // libbpf reads them; addresses in bytes.
  void relocate(CodeSection& section, std::size_t at, const Elf64_Sym& symbol) {
    if (at >= section.instructions.size()) return;
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= code_index_.size()) {
      section.unknown.insert(at);
      return;
    }
    const bpf_insn& instruction = section.instructions[at];
    const auto target = code_index_[symbol.st_shndx];
    if (!target) return refer_to_memory(section, at, symbol);
    const std::int64_t begin = static_cast<std::int64_t>(symbol.st_value / sizeof(bpf_insn));
    const std::int64_t addend = loads_address(instruction)
                                    ? instruction.imm / static_cast<int>(sizeof(bpf_insn))
                                    : instruction.imm + 1;
    const std::int64_t place = begin + addend;
    const std::size_t length = code_.sections[*target].instructions.size();
    if (place < 0 || static_cast<std::size_t>(place) >= length) return;
    section.functions[at] = {*target, static_cast<std::size_t>(place)};
  }

  void refer_to_memory(CodeSection& section, std::size_t at, const Elf64_Sym& symbol) {
    const std::uint64_t place =
        symbol.st_value + static_cast<std::uint64_t>(section.instructions[at].imm);
    for (const Object& object : objects_[symbol.st_shndx]) {
      if (place < object.begin || place - object.begin >= object.size) continue;
      section.regions[at] = {object.region, static_cast<std::int32_t>(place - object.begin)};
      return;
    }
    section.unknown.insert(at);
  }

  ElfSections elf_;
  bool broken_ = false;
  ProgramCode code_;
  std::vector<std::optional<std::size_t>> code_index_;  // of ELF sections: numbers of code
  std::map<std::size_t, std::vector<Object>> objects_;  // maps and variables, by ELF section
};

}  // namespace

ProgramCode ProgramCode::of(std::span<const std::byte> object) { return CodeReader(object).read(); }

}  // namespace bpfmap::kernel
