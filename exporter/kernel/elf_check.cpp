// SPDX-License-Identifier: Apache-2.0
#include "kernel/elf_check.h"

#include <elf.h>

#include <bit>
#include <cstring>

namespace bpfmap::kernel {
namespace {

std::string machine_name(Elf64_Half machine) {
  switch (machine) {
    case EM_X86_64: return "x86-64";
    case EM_AARCH64: return "AArch64";
    case EM_386: return "x86";
    case EM_ARM: return "ARM";
    default: return "machine " + std::to_string(machine);
  }
}

}  // namespace

std::string why_not_bpf_elf(std::span<const std::byte> bytes) {
  if (bytes.empty()) return "the file is empty";
  if (bytes.size() < SELFMAG || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) {
    return "not an ELF file";
  }
  Elf64_Ehdr header{};
  if (bytes.size() < sizeof(header)) return "the ELF header is cut short";
  std::memcpy(&header, bytes.data(), sizeof(header));
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

}  // namespace bpfmap::kernel
