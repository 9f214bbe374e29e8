// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <elf.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bpfmap::kernel {

// The sections of an ELF file of 64 bits in this machine's byte order. A view: the bytes outlive
// it. What it says of a section is safe only for bytes that why_not_bpf_elf() (elf_check.h) has
// nothing against; elf_check.cpp itself looks before it leaps.
class ElfSections {
 public:
  using Bytes = std::span<const std::byte>;

  // Finds the table of sections; what is wrong with it, empty where it is in order. A file without
  // sections has none and nothing wrong.
  std::string find(Bytes file);

  Bytes file() const { return file_; }
  const std::vector<Elf64_Shdr>& headers() const { return headers_; }
  std::size_t names() const { return names_; }  // the index of the section with their names

  // Empty for sections that have no bytes in the file.
  Bytes content(const Elf64_Shdr& header) const;
  std::string_view name(const Elf64_Shdr& header) const;
  // A text of the string table `table`.
  std::string_view text(std::size_t table, std::size_t offset) const;

 private:
  Bytes file_;
  std::vector<Elf64_Shdr> headers_;
  std::size_t names_ = 0;
};

}  // namespace bpfmap::kernel
