// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "btf_builder.h"
#include "kernel/libbpf/log.h"
#include "kernel/types/btf_layout.h"

namespace bpfmap::kernel {
namespace {

using ::testing::HasSubstr;

std::string error_of(const Btf& types, std::uint32_t id) {
  const Result<TypePtr> type = BtfLayout(types.get()).type(id);
  if (type) return "converted to " + (*type)->name;
  EXPECT_EQ(type.error().kind, ErrorKind::kConfiguration);
  return type.error().message();
}

TEST(BrokenBtf, AStructThatContainsItself) {
  Btf types;
  const auto node = types.structure("node", 8);
  types.member("next", node, 0);
  EXPECT_THAT(error_of(types, node), HasSubstr("node contains itself"));
}

TEST(BrokenBtf, StructsThatContainEachOtherThroughAnArray) {
  Btf types;
  const auto first = types.structure("first", 8);  // 1
  types.member("second", 3, 0);
  types.array(first, 1);  // 2 is the index type, 3 the array
  EXPECT_THAT(error_of(types, first), HasSubstr("first contains itself"));
  EXPECT_THAT(error_of(types, 3), HasSubstr("first contains itself"));
}

TEST(BrokenBtf, ATypedefOfItself) {
  Btf types;
  const auto loop = types.alias("loop_t", 1);
  ASSERT_EQ(loop, 1u);
  EXPECT_THAT(error_of(types, loop), HasSubstr("chain of typedefs has no end"));
}

TEST(BrokenBtf, AnArrayOfItself) {
  Btf types;
  const auto number = types.u32();
  const auto array = Btf::id(btf__add_array(types.get(), static_cast<int>(number), 2, 3));
  ASSERT_EQ(array, 2u);
  EXPECT_THAT(error_of(types, array), HasSubstr("nested too deep"));
}

TEST(BrokenBtf, IdsThatPointNowhere) {
  Btf types;
  const auto key = types.structure("key", 8);
  types.member("a", 77, 0);
  EXPECT_THAT(error_of(types, key), HasSubstr("type 77 does not exist"));
  EXPECT_THAT(error_of(types, 0), HasSubstr("void"));
  EXPECT_THAT(error_of(types, 4000), HasSubstr("type 4000 does not exist"));
}

TEST(BrokenBtf, TypesThatAreOnlyDeclaredOrNoData) {
  Btf types;
  const auto declared = Btf::id(btf__add_fwd(types.get(), "secret", BTF_FWD_STRUCT));
  const auto prototype = Btf::id(btf__add_func_proto(types.get(), 0));
  EXPECT_THAT(error_of(types, declared), HasSubstr("secret is declared, but not defined"));
  EXPECT_THAT(error_of(types, prototype), HasSubstr("is no type of data"));
}

TEST(BrokenBtf, SizesThatContradictEachOther) {
  Btf types;
  const auto number = types.u64();
  const auto small = types.structure("small", 4);
  types.member("big", number, 0);
  EXPECT_THAT(error_of(types, small), HasSubstr("member 'big' reaches beyond struct small"));
  const auto crooked = types.structure("crooked", 16);
  types.member("number", number, 0);
  btf_members(types.raw(crooked))[0].offset = 4;
  EXPECT_THAT(error_of(types, crooked), HasSubstr("does not begin at a byte"));
}

TEST(BrokenBtf, ArraysLargerThanMemory) {
  Btf types;
  const auto number = types.u64();
  const auto huge = types.array(number, 0xffffffff);
  EXPECT_THAT(error_of(types, huge), HasSubstr("too large"));
}

// Every struct holds the one before it twice: 2^60 parts out of a few hundred bytes of BTF.
TEST(BrokenBtf, StructsThatMultiply) {
  Btf types;
  auto inner = types.structure("s0", 0);
  for (int i = 1; i <= 60; ++i) {
    const auto outer = types.structure(("s" + std::to_string(i)).c_str(), 0);
    types.member("a", inner, 0);
    types.member("b", inner, 0);
    inner = outer;
  }
  EXPECT_THAT(error_of(types, inner), HasSubstr("has more than 65536 parts"));
}

TEST(BrokenBtf, StructsNestedWithoutEnd) {
  Btf types;
  auto inner = types.u32();
  for (int i = 0; i < 200; ++i) {
    const auto outer = types.structure(("s" + std::to_string(i)).c_str(), 4);
    types.member("a", inner, 0);
    inner = outer;
  }
  EXPECT_THAT(error_of(types, inner), HasSubstr("nested too deep"));
}

TEST(BrokenBtf, BitfieldsOfWhatIsNoInteger) {
  Btf types;
  const auto number = types.u32();
  const auto array = types.array(number, 2);
  const auto bits = types.structure("bits", 16);
  types.member("odd", array, 0, 3);
  EXPECT_THAT(error_of(types, bits), HasSubstr("bitfield 'odd' is no integer"));
  const auto wide = types.structure("wide", 16);
  types.member("wide", number, 0, 40);
  EXPECT_THAT(error_of(types, wide), HasSubstr("bitfield 'wide' is no integer"));
}

// BTF with a bit of everything, for the one below to damage.
Btf some_of_everything() {
  Btf types;
  const auto number = types.u32();
  const auto letter = types.integer("char", 1, BTF_INT_SIGNED);
  const auto text = types.array(letter, 16);
  const auto alias = types.alias("text_t", text);
  Btf::id(btf__add_enum(types.get(), "color", 4));
  EXPECT_EQ(btf__add_enum_value(types.get(), "RED", 1), 0);
  Btf::id(btf__add_enum64(types.get(), "huge", 8, true));
  EXPECT_EQ(btf__add_enum64_value(types.get(), "LARGE", 1), 0);
  const auto either = Btf::id(btf__add_union(types.get(), nullptr, 16));
  types.member("number", number, 0);
  types.member("text", alias, 0);
  const auto key = types.structure("key", 28);
  types.member("first", number, 0);
  types.member(nullptr, either, 32);
  types.member("bits", number, 160, 5);
  types.member("last", letter, 192);
  Btf::id(btf__add_ptr(types.get(), static_cast<int>(key)));
  const auto variable =
      Btf::id(btf__add_var(types.get(), "variable", BTF_VAR_STATIC, static_cast<int>(key)));
  Btf::id(btf__add_datasec(types.get(), ".data", 28));
  EXPECT_EQ(btf__add_datasec_var_info(types.get(), static_cast<int>(variable), 0, 28), 0);
  return types;
}

// Uses whatever comes out of a type: all of it must end, and stay within the type.
void use(const TypePtr& type) {
  for (const Field& field : leaf_fields(type, "key")) {
    EXPECT_LE(std::uint64_t{field.offset} + (field.bit_size > 0 ? 1 : field.type->size),
              type->size);
  }
  for (const std::string& path : field_paths(type, "key")) resolve_field(type, path, "key");
  resolve_field(type, "no_such_field", "key");
  has_spin_lock(*type);
}

// Every run damages the same bytes: a failure can be repeated.
TEST(BrokenBtf, DamagedAnywhereGivesATypeOrAnError) {
  const LibbpfLog quiet;
  const Btf types = some_of_everything();
  std::uint32_t size = 0;
  const auto* raw = static_cast<const char*>(btf__raw_data(types.get(), &size));
  const std::vector<char> intact(raw, raw + size);
  std::mt19937 random(4711);  // NOLINT(bugprone-random-generator-seed): on purpose, see above
  int converted = 0;
  int refused = 0;
  for (int round = 0; round < 5000; ++round) {
    std::vector<char> damaged = intact;
    const std::size_t from = sizeof(btf_header);
    for (int i = 0; i < 1 + round % 4; ++i) {
      damaged[from + random() % (size - from)] = static_cast<char>(random());
    }
    const BtfPtr broken(btf__new(damaged.data(), size));
    if (!broken) continue;
    BtfLayout layout(broken.get());
    for (std::uint32_t id = 0; id <= btf__type_cnt(broken.get()); ++id) {
      const Result<TypePtr> type = layout.type(id);
      if (type) use(*type);
      type ? ++converted : ++refused;
      layout.variables(id);
      layout.name_of(id);
    }
  }
  EXPECT_GT(converted, 500);
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace bpfmap::kernel
