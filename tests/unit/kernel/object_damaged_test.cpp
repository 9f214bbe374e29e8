// SPDX-License-Identifier: Apache-2.0
#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <stdexcept>

#include "kernel/elf/elf_check.h"
#include "kernel/object.h"
#include "support/test_objects.h"

// Objects that were damaged on their way are refused in words, and end nothing.
namespace bpfmap::kernel {
namespace {

using ::testing::HasSubstr;

std::vector<std::byte> bytes_of_object(const std::string& name) {
  std::ifstream file(test::test_object(name), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// The first section of this type.
Elf64_Shdr* section_of_type(std::vector<std::byte>& object, Elf64_Word type) {
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(object.data());
  auto* sections = reinterpret_cast<Elf64_Shdr*>(object.data() + header->e_shoff);
  for (std::size_t i = 0; i < header->e_shnum; ++i) {
    if (sections[i].sh_type == type) return &sections[i];
  }
  throw std::runtime_error("no such section");
}

// What is said of an object whose first section of that type was changed.
std::string after(Elf64_Word type, const std::function<void(Elf64_Shdr&)>& change) {
  std::vector<std::byte> object = bytes_of_object("globals");
  change(*section_of_type(object, type));
  return why_not_bpf_elf(object);
}

template <typename T>
std::string after_entry(Elf64_Word type, std::size_t index, const std::function<void(T&)>& change) {
  std::vector<std::byte> object = bytes_of_object("globals");
  auto* entries = reinterpret_cast<T*>(object.data() + section_of_type(object, type)->sh_offset);
  change(entries[index]);
  return why_not_bpf_elf(object);
}

// The index of the first symbol of a function.
std::size_t first_function() {
  std::vector<std::byte> object = bytes_of_object("globals");
  const Elf64_Shdr& section = *section_of_type(object, SHT_SYMTAB);
  const auto* symbols = reinterpret_cast<const Elf64_Sym*>(object.data() + section.sh_offset);
  std::size_t index = 0;
  while (ELF64_ST_TYPE(symbols[index].st_info) != STT_FUNC) ++index;
  return index;
}

TEST(DamagedElf, SectionsBeyondTheEnd) {
  EXPECT_THAT(after(SHT_PROGBITS, [](auto& section) { section.sh_size = ~0ULL; }),
              HasSubstr("reaches beyond its end"));
  EXPECT_THAT(after(SHT_PROGBITS, [](auto& section) { section.sh_offset = 1U << 30; }),
              HasSubstr("reaches beyond its end"));
  EXPECT_THAT(after(SHT_PROGBITS, [](auto& section) { section.sh_name = 1U << 30; }),
              HasSubstr("the name of its section"));
}

TEST(DamagedElf, TablesOfSections) {
  const auto after_header = [](const std::function<void(Elf64_Ehdr&)>& change) {
    std::vector<std::byte> object = bytes_of_object("globals");
    change(*reinterpret_cast<Elf64_Ehdr*>(object.data()));
    return why_not_bpf_elf(object);
  };
  EXPECT_THAT(after_header([](auto& header) { header.e_shentsize = 32; }), HasSubstr("wrong size"));
  EXPECT_THAT(after_header([](auto& header) { header.e_shoff = ~0ULL; }), HasSubstr("beyond its"));
  EXPECT_THAT(after_header([](auto& header) { header.e_shnum = 0xfff0; }), HasSubstr("beyond its"));
  EXPECT_THAT(after_header([](auto& header) { header.e_shstrndx = 0; }), HasSubstr("names of its"));
  EXPECT_THAT(after_header([](auto& header) { header.e_shstrndx = 500; }),
              HasSubstr("names of its sections are missing"));
}

TEST(DamagedElf, Symbols) {
  EXPECT_THAT(after(SHT_SYMTAB, [](auto& section) { section.sh_entsize = 0; }),
              HasSubstr("entries in section .symtab have a wrong size"));
  EXPECT_THAT(after(SHT_SYMTAB, [](auto& section) { section.sh_link = 0; }),
              HasSubstr("names of its symbols are missing"));
  const std::size_t function = first_function();
  const auto after_symbol = [&](const std::function<void(Elf64_Sym&)>& change) {
    return after_entry<Elf64_Sym>(SHT_SYMTAB, function, change);
  };
  EXPECT_THAT(after_symbol([](auto& symbol) { symbol.st_name = 1U << 30; }), HasSubstr("name of"));
  EXPECT_THAT(after_symbol([](auto& symbol) { symbol.st_shndx = 999; }), HasSubstr("section 999"));
  EXPECT_THAT(after_symbol([](auto& symbol) { symbol.st_size = ~0ULL; }),
              HasSubstr("reaches beyond the end of section"));
  EXPECT_THAT(after_symbol([](auto& symbol) { symbol.st_value = ~7ULL; }),
              HasSubstr("reaches beyond the end of section"));
}

TEST(DamagedElf, Relocations) {
  EXPECT_THAT(after(SHT_REL, [](auto& section) { section.sh_entsize = 0; }),
              HasSubstr("have a wrong size"));
  EXPECT_THAT(after(SHT_REL, [](auto& section) { section.sh_info = 999; }),
              HasSubstr("for a section that does not exist"));
  EXPECT_THAT(after(SHT_REL, [](auto& section) { section.sh_link = 0; }),
              HasSubstr("has no symbols"));
  EXPECT_THAT(after_entry<Elf64_Rel>(SHT_REL, 0,
                                     [](auto& one) { one.r_info = ELF64_R_INFO(1ULL << 31, 1); }),
              HasSubstr("refers to symbol 2147483648"));
  EXPECT_THAT(after_entry<Elf64_Rel>(SHT_REL, 0, [](auto& one) { one.r_offset = ~0ULL; }),
              HasSubstr("refers beyond the end of section"));
}

TEST(DamagedElf, FindsSectionsByName) {
  const std::vector<std::byte> object = bytes_of_object("globals");
  EXPECT_EQ(elf_section(object, ".BTF").front(), std::byte{0x9f});
  EXPECT_TRUE(elf_section(object, ".no_such_section").empty());
  EXPECT_TRUE(elf_section(object, ".bss").empty());
}

TEST(DamagedObject, TheErrorNamesTheObjectAndWhatIsWrong) {
  std::vector<std::byte> object = bytes_of_object("globals");
  const auto types = elf_section(object, ".BTF");
  const std::size_t place = static_cast<std::size_t>(types.data() - object.data());
  object[place + 24] = std::byte{0xff};  // the name of the first type
  object[place + 25] = std::byte{0xff};
  const Result<Object> opened = Object::open_memory("damaged.bpf.o", object);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kConfiguration);
  EXPECT_THAT(opened.error().message(),
              HasSubstr("damaged.bpf.o: the object's BTF is broken: type 1 ("));
}

struct Outcomes {
  int opened = 0;
  int refused = 0;
};

// Damages up to eight bytes, in one round anywhere, in the next within what `section` has.
void damage(std::vector<std::byte>& object, std::span<const std::byte> section, int round,
            std::mt19937& random) {
  const bool anywhere = section.empty() || round % 2 == 0;
  const std::size_t from = anywhere ? 0 : static_cast<std::size_t>(section.data() - object.data());
  const std::size_t size = anywhere ? object.size() : section.size();
  for (int i = 0; i < 1 << round % 4; ++i) {
    object[from + random() % size] = static_cast<std::byte>(random() % 256);
  }
}

// libbpf must not even see what it would follow into the void. Every run damages the same bytes: a
// failure can be repeated.
TEST(DamagedObject, AnywhereGivesAnObjectOrAnError) {
  std::mt19937 random(4711);  // NOLINT(bugprone-random-generator-seed): on purpose, see above
  Outcomes outcomes;
  for (const char* name : {"types", "globals", "inner_maps", "events", "attach_usdt"}) {
    const std::vector<std::byte> intact = bytes_of_object(name);
    for (int round = 0; round < 150; ++round) {
      std::vector<std::byte> object = intact;
      damage(object, elf_section(object, round % 3 == 0 ? ".BTF.ext" : ".BTF"), round, random);
      const Result<Object> opened = Object::open_memory("damaged.bpf.o", object);
      ++(opened ? outcomes.opened : outcomes.refused);
      EXPECT_THAT(opened ? "damaged.bpf.o" : opened.error().message(), HasSubstr("damaged.bpf.o"));
    }
  }
  EXPECT_GT(outcomes.opened, 100);
  EXPECT_GT(outcomes.refused, 100);
}

}  // namespace
}  // namespace bpfmap::kernel
