// SPDX-License-Identifier: Apache-2.0
#include "kernel/elf/elf_sections.h"

#include <cstdint>

#include "kernel/elf/raw_bytes.h"

namespace bpfmap::kernel {

// What does not fit into the header of the file is in the header of the first section.
std::string ElfSections::find(Bytes file) {
  const auto header = read_at<Elf64_Ehdr>(file, 0);
  if (header.e_shoff == 0) return {};
  if (header.e_shentsize != sizeof(Elf64_Shdr)) return "its section headers have a wrong size";
  if (!is_within(file.size(), header.e_shoff, sizeof(Elf64_Shdr))) {
    return "its section headers are beyond its end";
  }
  const auto first = read_at<Elf64_Shdr>(file, header.e_shoff);
  const std::uint64_t count = header.e_shnum != 0 ? header.e_shnum : first.sh_size;
  if (count > (file.size() - header.e_shoff) / sizeof(Elf64_Shdr)) {
    return "its section headers reach beyond its end";
  }
  file_ = file;
  for (std::size_t i = 0; i < count; ++i) {
    headers_.push_back(read_at<Elf64_Shdr>(file, header.e_shoff + i * sizeof(Elf64_Shdr)));
  }
  names_ = header.e_shstrndx == SHN_XINDEX ? first.sh_link : header.e_shstrndx;
  return {};
}

ElfSections::Bytes ElfSections::content(const Elf64_Shdr& header) const {
  if (header.sh_type == SHT_NULL || header.sh_type == SHT_NOBITS) return {};
  return file_.subspan(header.sh_offset, header.sh_size);
}

std::string_view ElfSections::name(const Elf64_Shdr& header) const {
  return text(names_, header.sh_name);
}

std::string_view ElfSections::text(std::size_t table, std::size_t offset) const {
  return reinterpret_cast<const char*>(content(headers_[table]).data()) + offset;
}

}  // namespace bpfmap::kernel
