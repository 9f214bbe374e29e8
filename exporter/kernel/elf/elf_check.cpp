// SPDX-License-Identifier: Apache-2.0
#include "kernel/elf/elf_check.h"

#include <elf.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernel/elf/elf_sections.h"
#include "kernel/elf/raw_bytes.h"

namespace bpfmap::kernel {
namespace {

using Bytes = std::span<const std::byte>;

std::string machine_name(Elf64_Half machine) {
  switch (machine) {
    case EM_X86_64: return "x86-64";
    case EM_AARCH64: return "AArch64";
    case EM_386: return "x86";
    case EM_ARM: return "ARM";
    default: return "machine " + std::to_string(machine);
  }
}

std::string why_not_bpf_header(Bytes bytes) {
  if (bytes.empty()) return "the file is empty";
  if (bytes.size() < SELFMAG || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) {
    return "not an ELF file";
  }
  if (bytes.size() < sizeof(Elf64_Ehdr)) return "the ELF header is cut short";
  const auto header = read_at<Elf64_Ehdr>(bytes, 0);
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return "a 32-bit ELF file; BPF objects have 64 bits";
  const bool little = std::endian::native == std::endian::little;
  if (header.e_ident[EI_DATA] != (little ? ELFDATA2LSB : ELFDATA2MSB)) {
    return std::string("made for machines of the other byte order; this one needs -target ") +
           (little ? "bpfel" : "bpfeb");
  }
  // Old compilers left the machine out.
  if (header.e_machine != EM_BPF && header.e_machine != EM_NONE) {
    return "an ELF file for " + machine_name(header.e_machine) +
           ", not for BPF (clang -target bpf)";
  }
  if (header.e_type != ET_REL) return "not a relocatable ELF file, as BPF objects are";
  return {};
}

std::string subject_of(const ElfSections& sections, const Elf64_Shdr& header) {
  return "section " + std::string(sections.name(header));
}

bool is_string_table(const ElfSections& sections, std::uint64_t index) {
  if (index >= sections.headers().size()) return false;
  const Elf64_Shdr& header = sections.headers()[index];
  const Bytes content = sections.content(header);
  return header.sh_type == SHT_STRTAB && !content.empty() && content.back() == std::byte{};
}

std::string check_places(const ElfSections& sections) {
  for (std::size_t i = 0; i < sections.headers().size(); ++i) {
    const Elf64_Shdr& header = sections.headers()[i];
    if (header.sh_type == SHT_NULL || header.sh_type == SHT_NOBITS) continue;
    if (!is_within(sections.file().size(), header.sh_offset, header.sh_size)) {
      return "its section " + std::to_string(i) + " reaches beyond its end";
    }
  }
  if (!is_string_table(sections, sections.names())) return "the names of its sections are missing";
  const std::size_t names = sections.headers()[sections.names()].sh_size;
  for (std::size_t i = 0; i < sections.headers().size(); ++i) {
    if (sections.headers()[i].sh_name >= names) {
      return "the name of its section " + std::to_string(i) + " is missing";
    }
  }
  return {};
}

// libbpf takes the last of them, and elf_section() finds the first.
std::string check_unique(const ElfSections& sections) {
  for (const std::string_view name : {".BTF", ".BTF.ext"}) {
    int found = 0;
    for (const Elf64_Shdr& header : sections.headers())
      found += sections.name(header) == name ? 1 : 0;
    if (found > 1) return "it has more than one section " + std::string(name);
  }
  return {};
}

std::string check_entries(const ElfSections& sections, const Elf64_Shdr& header, std::size_t size) {
  if (header.sh_entsize == size && header.sh_size % size == 0) return {};
  return "the entries in " + subject_of(sections, header) + " have a wrong size";
}

// Where a symbol is; functions and variables have all their bytes in their section.
std::string check_symbol(const ElfSections& sections, const Elf64_Sym& symbol) {
  if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE) return {};
  if (symbol.st_shndx >= sections.headers().size()) {
    return "is in section " + std::to_string(symbol.st_shndx) + ", there are " +
           std::to_string(sections.headers().size());
  }
  const unsigned type = ELF64_ST_TYPE(symbol.st_info);
  if (type != STT_FUNC && type != STT_OBJECT) return {};
  const Elf64_Shdr& home = sections.headers()[symbol.st_shndx];
  if (is_within(home.sh_size, symbol.st_value, symbol.st_size)) return {};
  return "reaches beyond the end of " + subject_of(sections, home);
}

std::string check_symbols(const ElfSections& sections, const Elf64_Shdr& header) {
  if (auto why = check_entries(sections, header, sizeof(Elf64_Sym)); !why.empty()) return why;
  if (!is_string_table(sections, header.sh_link)) return "the names of its symbols are missing";
  const Bytes content = sections.content(header);
  const Bytes names = sections.content(sections.headers()[header.sh_link]);
  for (std::size_t place = 0; place < content.size(); place += sizeof(Elf64_Sym)) {
    const auto symbol = read_at<Elf64_Sym>(content, place);
    const std::size_t number = place / sizeof(Elf64_Sym);
    if (symbol.st_name >= names.size()) {
      return "the name of its symbol " + std::to_string(number) + " is missing";
    }
    if (const std::string why = check_symbol(sections, symbol); !why.empty()) {
      const char* name = reinterpret_cast<const char*>(names.data()) + symbol.st_name;
      return "its symbol " + std::to_string(number) + " (" + name + ") " + why;
    }
  }
  return {};
}

std::string check_relocations(const ElfSections& sections, const Elf64_Shdr& header) {
  if (auto why = check_entries(sections, header, sizeof(Elf64_Rel)); !why.empty()) return why;
  const std::string subject = subject_of(sections, header);
  const std::size_t count = sections.headers().size();
  if (header.sh_info >= count) return subject + " is for a section that does not exist";
  if (header.sh_link >= count || sections.headers()[header.sh_link].sh_type != SHT_SYMTAB) {
    return subject + " has no symbols to refer to";
  }
  const std::uint64_t symbols = sections.headers()[header.sh_link].sh_size / sizeof(Elf64_Sym);
  const Elf64_Shdr& target = sections.headers()[header.sh_info];
  const Bytes content = sections.content(header);
  for (std::size_t place = 0; place < content.size(); place += sizeof(Elf64_Rel)) {
    const auto relocation = read_at<Elf64_Rel>(content, place);
    if (ELF64_R_SYM(relocation.r_info) >= symbols) {
      return subject + " refers to symbol " + std::to_string(ELF64_R_SYM(relocation.r_info)) +
             ", there are " + std::to_string(symbols);
    }
    if (relocation.r_offset >= target.sh_size) {
      return subject + " refers beyond the end of " + subject_of(sections, target);
    }
  }
  return {};
}

std::string check_contents(const ElfSections& sections) {
  for (const Elf64_Shdr& header : sections.headers()) {
    std::string why;
    if (header.sh_type == SHT_SYMTAB) why = check_symbols(sections, header);
    if (header.sh_type == SHT_REL) why = check_relocations(sections, header);
    if (!why.empty()) return why;
  }
  return {};
}

// What is wrong with the sections of a file whose header is in order.
std::string why_broken_sections(Bytes bytes) {
  ElfSections sections;
  std::string why = sections.find(bytes);
  if (sections.headers().empty()) return why;
  if (why.empty()) why = check_places(sections);
  if (why.empty()) why = check_unique(sections);
  if (why.empty()) why = check_contents(sections);
  return why;
}

}  // namespace

std::string why_not_bpf_elf(std::span<const std::byte> bytes) {
  if (std::string why = why_not_bpf_header(bytes); !why.empty()) return why;
  if (const std::string why = why_broken_sections(bytes); !why.empty()) {
    return "the ELF file is broken: " + why;
  }
  return {};
}

std::span<const std::byte> elf_section(std::span<const std::byte> bytes, std::string_view name) {
  ElfSections sections;
  if (!sections.find(bytes).empty()) return {};
  for (const Elf64_Shdr& header : sections.headers()) {
    if (sections.name(header) == name) return sections.content(header);
  }
  return {};
}

}  // namespace bpfmap::kernel
