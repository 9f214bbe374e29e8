// SPDX-License-Identifier: Apache-2.0
#include "kernel/elf/elf_check.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace bpfmap::kernel {
namespace {

using ::testing::HasSubstr;

Elf64_Ehdr bpf_header() {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_REL;
  header.e_machine = EM_BPF;
  return header;
}

std::string check(const Elf64_Ehdr& header) {
  return why_not_bpf_elf(std::as_bytes(std::span(&header, 1)));
}

TEST(ElfCheck, AcceptsBpfObjects) {
  EXPECT_EQ(check(bpf_header()), "");
  Elf64_Ehdr old = bpf_header();
  old.e_machine = EM_NONE;
  EXPECT_EQ(check(old), "");
}

TEST(ElfCheck, SaysWhatTheFileIsInstead) {
  Elf64_Ehdr header = bpf_header();
  header.e_ident[EI_DATA] = ELFDATA2MSB;
  EXPECT_THAT(check(header), HasSubstr("other byte order"));
  header = bpf_header();
  header.e_ident[EI_CLASS] = ELFCLASS32;
  EXPECT_THAT(check(header), HasSubstr("32-bit"));
  header = bpf_header();
  header.e_machine = EM_X86_64;
  EXPECT_THAT(check(header), HasSubstr("an ELF file for x86-64, not for BPF"));
  header.e_machine = 9999;
  EXPECT_THAT(check(header), HasSubstr("machine 9999"));
  header = bpf_header();
  header.e_type = ET_DYN;
  EXPECT_THAT(check(header), HasSubstr("not a relocatable"));
}

TEST(ElfCheck, TakesAnyBytes) {
  EXPECT_EQ(why_not_bpf_elf({}), "the file is empty");
  const std::vector<std::byte> text(100, std::byte{'x'});
  EXPECT_EQ(why_not_bpf_elf(text), "not an ELF file");
  const Elf64_Ehdr header = bpf_header();
  EXPECT_THAT(why_not_bpf_elf(std::as_bytes(std::span(&header, 1)).first(20)),
              HasSubstr("cut short"));
}

}  // namespace
}  // namespace bpfmap::kernel
