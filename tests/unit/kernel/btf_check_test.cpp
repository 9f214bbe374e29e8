// SPDX-License-Identifier: Apache-2.0
#include "kernel/elf/btf_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "btf_builder.h"

namespace bpfmap::kernel {
namespace {

using ::testing::HasSubstr;

std::vector<std::byte> section_of(const Btf& types) {
  std::uint32_t size = 0;
  const auto* raw = static_cast<const std::byte*>(btf__raw_data(types.get(), &size));
  return {raw, raw + size};
}

std::string why_broken(const Btf& types) { return why_broken_btf(section_of(types), {}); }

// One type of every kind but DATASEC.
Btf one_of_each() {
  Btf types;
  const auto number = types.u32();             // 1
  types.alias("number_t", number);             // 2
  const auto key = types.structure("key", 8);  // 3
  types.member("first", number, 0);
  types.member("second", 2, 32);
  Btf::id(btf__add_ptr(types.get(), static_cast<int>(key)));            // 4
  const auto prototype = Btf::id(btf__add_func_proto(types.get(), 1));  // 5
  EXPECT_EQ(btf__add_func_param(types.get(), "context", 4), 0);
  Btf::id(btf__add_func(types.get(), "count", BTF_FUNC_GLOBAL, static_cast<int>(prototype)));  // 6
  Btf::id(btf__add_var(types.get(), "variable", BTF_VAR_STATIC, static_cast<int>(key)));       // 7
  Btf::id(btf__add_enum(types.get(), "color", 4));                                             // 8
  EXPECT_EQ(btf__add_enum_value(types.get(), "RED", 1), 0);
  Btf::id(btf__add_enum64(types.get(), "huge", 8, true));  // 9
  EXPECT_EQ(btf__add_enum64_value(types.get(), "LARGE", 1), 0);
  Btf::id(btf__add_float(types.get(), "double", 8));            // 10
  Btf::id(btf__add_decl_tag(types.get(), "tag", 3, 1));         // 11
  Btf::id(btf__add_decl_tag(types.get(), "tag", 6, 0));         // 12
  Btf::id(btf__add_decl_tag(types.get(), "tag", 7, -1));        // 13
  Btf::id(btf__add_const(types.get(), 0));                      // 14
  Btf::id(btf__add_volatile(types.get(), 14));                  // 15
  Btf::id(btf__add_type_tag(types.get(), "tag", 15));           // 16
  Btf::id(btf__add_fwd(types.get(), "secret", BTF_FWD_UNION));  // 17
  types.array(number, 4);                                       // 18, 19
  return types;
}

void add_section(const Btf& types, std::uint32_t variable) {
  Btf::id(btf__add_datasec(types.get(), ".data", 8));
  EXPECT_EQ(btf__add_datasec_var_info(types.get(), static_cast<int>(variable), 0, 8), 0);
}

template <typename T>
T* behind(Btf& types, std::uint32_t id) {
  return reinterpret_cast<T*>(types.raw(id) + 1);
}

TEST(BtfCheck, AcceptsEveryKind) {
  const Btf types = one_of_each();
  add_section(types, 7);
  add_section(types, 6);  // an extern function in .ksyms
  EXPECT_EQ(why_broken(types), "");
  EXPECT_EQ(why_broken_btf({}, {}), "");
  EXPECT_EQ(why_broken(Btf()), "");
}

TEST(BtfCheck, AcceptsStructsThatPointToThemselves) {
  Btf types;
  const auto node = types.structure("node", 8);
  types.member("next", 2, 0);
  Btf::id(btf__add_ptr(types.get(), static_cast<int>(node)));
  EXPECT_EQ(why_broken(types), "");
}

// A hundred thousand types of another maker: pahole.
TEST(BtfCheck, AcceptsTheTypesOfTheKernel) {
  std::ifstream file("/sys/kernel/btf/vmlinux", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (text.empty()) GTEST_SKIP() << "this kernel has no BTF of its own";
  EXPECT_EQ(why_broken_btf(std::as_bytes(std::span(text)), {}), "");
}

TEST(BtfCheck, IdsBeyondTheLast) {
  for (const std::uint32_t id : {2u, 4u, 5u, 6u, 7u, 11u, 14u, 16u}) {
    Btf types = one_of_each();
    types.raw(id)->type = 20;
    EXPECT_THAT(why_broken(types), HasSubstr("refers to type 20, there are 19"));
  }
  Btf types = one_of_each();
  btf_members(types.raw(3))[1].type = 0xffffffff;
  EXPECT_EQ(why_broken(types),
            "the object's BTF is broken: type 3 (STRUCT) refers to type 4294967295, there are 19");
  types = one_of_each();
  behind<btf_param>(types, 5)->type = 20;
  EXPECT_THAT(why_broken(types), HasSubstr("type 5 (FUNC_PROTO) refers to type 20"));
  for (const bool index : {false, true}) {
    types = one_of_each();
    auto* array = behind<struct btf_array>(types, 19);
    (index ? array->index_type : array->type) = 20;
    EXPECT_THAT(why_broken(types), HasSubstr("type 19 (ARRAY) refers to type 20"));
  }
  types = one_of_each();
  add_section(types, 21);
  EXPECT_THAT(why_broken(types), HasSubstr("type 20 (DATASEC) refers to type 21, there are 20"));
}

TEST(BtfCheck, NamesBeyondTheStrings) {
  for (std::uint32_t id = 1; id <= 19; ++id) {
    Btf types = one_of_each();
    types.raw(id)->name_off = 5000;
    EXPECT_THAT(why_broken(types), HasSubstr("refers to a string at 5000, there are "));
  }
  for (const std::uint32_t id : {3u, 5u, 8u, 9u}) {
    Btf types = one_of_each();
    *behind<std::uint32_t>(types, id) = 5000;
    EXPECT_THAT(why_broken(types), HasSubstr("part 0 of type " + std::to_string(id)));
  }
}

TEST(BtfCheck, TypesInWrongPlaces) {
  Btf types = one_of_each();
  types.raw(6)->type = 3;
  EXPECT_THAT(why_broken(types),
              HasSubstr("type 6 (FUNC) refers to type 3 (STRUCT), which is no FUNC_PROTO"));
  types = one_of_each();
  add_section(types, 3);
  EXPECT_THAT(why_broken(types), HasSubstr("refers to type 3 (STRUCT), which is no VAR"));
  types = one_of_each();
  types.raw(10)->size = 5;
  EXPECT_THAT(why_broken(types), HasSubstr("type 10 (FLOAT) has 5 bytes"));
}

TEST(BtfCheck, TagsOfWhatDoesNotExist) {
  const auto tagged = [](std::uint32_t id, std::int32_t component) {
    Btf types = one_of_each();
    *behind<std::int32_t>(types, id) = component;
    return why_broken(types);
  };
  EXPECT_THAT(tagged(11, 2), HasSubstr("part 2 of type 3 (STRUCT), which has 2"));
  EXPECT_THAT(tagged(11, -2), HasSubstr("part -2 of type 3 (STRUCT)"));
  EXPECT_THAT(tagged(12, 1), HasSubstr("part 1 of type 6 (FUNC), which has 1"));
  EXPECT_THAT(tagged(13, 0), HasSubstr("part 0 of type 7 (VAR), which has 0"));
  EXPECT_EQ(tagged(12, -1), "");
}

TEST(BtfCheck, TypesThatContainThemselves) {
  Btf types;
  types.alias("loop_t", 1);
  EXPECT_THAT(why_broken(types), HasSubstr("type 1 (TYPEDEF) contains itself"));
  types = Btf();
  const auto first = types.structure("first", 8);
  types.member("second", 3, 0);
  types.array(first, 1);  // 2 is the index type, 3 the array
  EXPECT_THAT(why_broken(types), HasSubstr("type 1 (STRUCT) contains itself"));
}

TEST(BtfCheck, NestingThatNoStackHolds) {
  const auto nested = [](int levels) {
    Btf types;
    auto inner = types.u32();
    for (int i = 0; i < levels; ++i)
      inner = Btf::id(btf__add_const(types.get(), static_cast<int>(inner)));
    return why_broken(types);
  };
  EXPECT_EQ(nested(500), "");
  EXPECT_THAT(nested(600), HasSubstr("is nested too deep"));
}

// Compilers newer than this program may write what libbpf knows, or refuses in its own words.
TEST(BtfCheck, LeavesNewerKindsAndVersionsToLibbpf) {
  Btf types = one_of_each();
  types.raw(1)->info = 31u << 24;
  types.raw(3)->name_off = 5000;
  EXPECT_EQ(why_broken(types), "");
  std::vector<std::byte> section = section_of(one_of_each());
  section[2] = std::byte{2};
  EXPECT_EQ(why_broken_btf(section, {}), "");
}

// The section of one_of_each() after its header's word at `place` became `value`.
std::string with_header(std::size_t place, std::uint32_t value) {
  std::vector<std::byte> section = section_of(one_of_each());
  std::memcpy(section.data() + place, &value, sizeof(value));
  return why_broken_btf(section, {});
}

TEST(BtfCheck, HeadersThatReachBeyondTheSection) {
  EXPECT_THAT(with_header(0, 0), HasSubstr("does not begin as BTF does"));
  EXPECT_THAT(with_header(offsetof(btf_header, hdr_len), 20), HasSubstr("header has 20 bytes"));
  EXPECT_THAT(with_header(offsetof(btf_header, hdr_len), 0xfffffff0), HasSubstr("header has 4294"));
  EXPECT_THAT(with_header(offsetof(btf_header, type_off), 2), HasSubstr("not aligned"));
  EXPECT_THAT(with_header(offsetof(btf_header, type_len), 5000), HasSubstr("types reach beyond"));
  EXPECT_THAT(with_header(offsetof(btf_header, type_off), 0xfffffffc), HasSubstr("types reach"));
  EXPECT_THAT(with_header(offsetof(btf_header, str_off), 0xfffffff0), HasSubstr("strings reach"));
  EXPECT_THAT(with_header(offsetof(btf_header, str_len), 5), HasSubstr("end with a NUL"));
  EXPECT_THAT(with_header(offsetof(btf_header, str_len), 0), HasSubstr("end with a NUL"));
  EXPECT_THAT(with_header(offsetof(btf_header, type_len), 4), HasSubstr("type 1 is cut short"));
  EXPECT_THAT(with_header(offsetof(btf_header, type_len), 12), HasSubstr("type 1 reaches beyond"));
}

TEST(BtfCheck, AnyLengthOfASectionIsRead) {
  const std::vector<std::byte> whole = section_of(one_of_each());
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<long>(size));
    EXPECT_NE(why_broken_btf(cut, {}), "") << size;
  }
}

// A section .BTF.ext with one function, line and relocation.
std::vector<std::uint32_t> ext_words() {
  return {0x0001eb9f, 32,                  // magic, version, flags; bytes of this header
          0,          20, 20, 28, 48, 28,  // offsets and lengths
          8,          1,  1,  0,  6,       // a record has 8 bytes; section, count; place, type
          16,         1,  1,  0,  1,  1,  1 << 10, 16, 1, 1, 0, 3, 1, 0};
}

std::string why_broken_ext(const std::vector<std::uint32_t>& words) {
  return why_broken_btf(section_of(one_of_each()), std::as_bytes(std::span(words)));
}

std::string with_ext_word(std::size_t index, std::uint32_t value) {
  std::vector<std::uint32_t> words = ext_words();
  words[index] = value;
  return why_broken_ext(words);
}

TEST(BtfExtCheck, AcceptsWhatCompilersWrite) {
  EXPECT_EQ(why_broken_ext(ext_words()), "");
  EXPECT_EQ(with_ext_word(3, 0), "");           // no functions
  EXPECT_EQ(with_ext_word(0, 0x0002eb9f), "");  // a newer version
}

TEST(BtfExtCheck, IdsAndStringsBeyondTheLast) {
  EXPECT_EQ(with_ext_word(12, 20),
            "the object's section .BTF.ext is broken: one of its functions refers to type 20, "
            "there are 19");
  EXPECT_THAT(with_ext_word(24, 20), HasSubstr("relocations refers to type 20"));
  for (const std::size_t place : {9u, 14u, 17u, 18u, 21u, 25u}) {
    EXPECT_THAT(with_ext_word(place, 5000), HasSubstr("refers to a string at 5000")) << place;
  }
}

TEST(BtfExtCheck, TablesThatReachBeyondTheSection) {
  EXPECT_THAT(with_ext_word(0, 1), HasSubstr("does not begin as BTF does"));
  EXPECT_THAT(with_ext_word(1, 16), HasSubstr("header has 16 bytes"));
  EXPECT_THAT(with_ext_word(1, 4000), HasSubstr("header has 4000 bytes"));
  EXPECT_THAT(with_ext_word(2, 1000), HasSubstr("functions reaches beyond its end"));
  EXPECT_THAT(with_ext_word(4, 0xfffffffc), HasSubstr("lines reaches beyond its end"));
  EXPECT_THAT(with_ext_word(6, 46), HasSubstr("relocations is not aligned"));
  EXPECT_THAT(with_ext_word(3, 2), HasSubstr("functions is cut short"));
  EXPECT_THAT(with_ext_word(3, 8), HasSubstr("functions is cut short"));
  EXPECT_THAT(with_ext_word(8, 4), HasSubstr("functions has records of 4 bytes"));
  EXPECT_THAT(with_ext_word(13, 18), HasSubstr("lines has records of 18 bytes"));
  EXPECT_THAT(with_ext_word(10, 2), HasSubstr("has room for 1, and is to have 2"));
  EXPECT_THAT(with_ext_word(10, 0xffffffff), HasSubstr("has room for 1"));
  EXPECT_THAT(with_ext_word(10, 0), HasSubstr("without any"));
}

}  // namespace
}  // namespace bpfmap::kernel
