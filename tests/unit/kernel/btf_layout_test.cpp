// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "btf_builder.h"
#include "kernel/types/btf_layout.h"

namespace bpfmap::kernel {
namespace {

TypePtr convert(const Btf& types, std::uint32_t id) {
  Result<TypePtr> type = BtfLayout(types.get()).type(id);
  EXPECT_TRUE(type) << type.error().message();
  return type ? *type : nullptr;
}

TEST(BtfIntegers, HaveSizeAndSign) {
  Btf types;
  const auto u16 = types.integer("unsigned short", 2);
  const auto s64 = types.integer("long", 8, BTF_INT_SIGNED);
  const auto flag = types.integer("_Bool", 1, BTF_INT_BOOL);
  const auto letter = types.integer("char", 1, BTF_INT_SIGNED);
  const auto s8 = types.integer("signed char", 1, BTF_INT_SIGNED);
  const auto old_letter = types.integer("letter", 1, BTF_INT_CHAR);
  EXPECT_EQ(convert(types, u16)->kind, TypeKind::kUnsigned);
  EXPECT_EQ(convert(types, u16)->size, 2u);
  EXPECT_EQ(convert(types, s64)->kind, TypeKind::kSigned);
  EXPECT_EQ(convert(types, s64)->size, 8u);
  EXPECT_EQ(convert(types, flag)->kind, TypeKind::kBool);
  EXPECT_EQ(convert(types, letter)->kind, TypeKind::kChar);
  EXPECT_EQ(convert(types, s8)->kind, TypeKind::kSigned);
  EXPECT_EQ(convert(types, old_letter)->kind, TypeKind::kChar);
}

TEST(BtfIntegers, Of128BitsAreNumbers) {
  Btf types;
  const TypePtr wide = convert(types, types.integer("unsigned __int128", 16));
  EXPECT_EQ(wide->kind, TypeKind::kUnsigned);
  EXPECT_EQ(wide->size, 16u);
  EXPECT_EQ(wide->name, "unsigned __int128");
  const TypePtr with_sign = convert(types, types.integer("__int128", 16, BTF_INT_SIGNED));
  EXPECT_EQ(with_sign->kind, TypeKind::kSigned);
  EXPECT_TRUE(with_sign->is_signed);
}

TEST(BtfIntegers, AreBigEndianByTheTypedefOfTheKernel) {
  Btf types;
  const auto number = types.integer("unsigned short", 2);
  const auto wire = types.alias("__be16", types.alias("__u16", number));
  const auto constant = Btf::id(btf__add_const(types.get(), static_cast<int>(wire)));
  const auto port = types.alias("port_t", constant);
  EXPECT_TRUE(convert(types, wire)->big_endian);
  EXPECT_TRUE(convert(types, port)->big_endian);
  EXPECT_EQ(convert(types, port)->name, "port_t");
  EXPECT_TRUE(convert(types, types.array(port, 2))->element->big_endian);
  EXPECT_TRUE(convert(types, types.alias("__be32", types.u32()))->big_endian);
  EXPECT_TRUE(convert(types, types.alias("__be64", types.u64()))->big_endian);
  EXPECT_FALSE(convert(types, number)->big_endian);
  EXPECT_FALSE(convert(types, types.alias("__le16", number))->big_endian);
  EXPECT_FALSE(convert(types, types.alias("__be16x", number))->big_endian);
  // A struct of that name is none of these.
  const auto imposter = types.structure("pair", 4);
  types.member("low", number, 0);
  types.member("high", number, 16);
  EXPECT_FALSE(convert(types, types.alias("__be32", imposter))->big_endian);
}

TEST(BtfFloats, OfTheSizesOfFloatAndDouble) {
  Btf types;
  const auto narrow = Btf::id(btf__add_float(types.get(), "float", 4));
  const auto plain = Btf::id(btf__add_float(types.get(), "double", 8));
  const auto wide = Btf::id(btf__add_float(types.get(), "long double", 16));
  EXPECT_EQ(convert(types, narrow)->kind, TypeKind::kFloat);
  EXPECT_EQ(convert(types, narrow)->size, 4u);
  EXPECT_EQ(convert(types, plain)->kind, TypeKind::kFloat);
  EXPECT_EQ(convert(types, wide)->kind, TypeKind::kArray);
}

TEST(BtfModifiers, VanishButTheOutermostTypedefNamesTheType) {
  Btf types;
  const auto number = types.u32();
  const auto inner = types.alias("__u32", number);
  const auto constant = Btf::id(btf__add_const(types.get(), static_cast<int>(inner)));
  const auto is_volatile = Btf::id(btf__add_volatile(types.get(), static_cast<int>(constant)));
  const auto tagged =
      Btf::id(btf__add_type_tag(types.get(), "user", static_cast<int>(is_volatile)));
  const auto outer = types.alias("port_t", tagged);
  const auto restricted = Btf::id(btf__add_restrict(types.get(), static_cast<int>(outer)));
  EXPECT_EQ(convert(types, restricted)->name, "port_t");
  EXPECT_EQ(convert(types, inner)->name, "__u32");
  EXPECT_EQ(convert(types, number)->name, "unsigned int");
  EXPECT_EQ(convert(types, restricted)->kind, TypeKind::kUnsigned);
}

TEST(BtfEnums, KeepNegativeEnumeratorsNegative) {
  Btf types;
  const auto direction = Btf::id(btf__add_enum(types.get(), "direction", 4));
  ASSERT_EQ(btf__add_enum_value(types.get(), "BACKWARD", -1), 0);
  ASSERT_EQ(btf__add_enum_value(types.get(), "FORWARD", 1), 0);
  const TypePtr type = convert(types, direction);
  EXPECT_EQ(type->kind, TypeKind::kEnum);
  EXPECT_EQ(type->name, "enum direction");
  EXPECT_TRUE(type->is_signed);
  EXPECT_EQ(type->enumerators.at(0).value, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(type->enumerators.at(1).name, "FORWARD");
  EXPECT_EQ(type->enumerators.at(1).value, 1u);
}

TEST(BtfEnums, OfOldCompilersAreSignedOnlyIfTheyLookLikeIt) {
  Btf types;
  const auto flags = Btf::id(btf__add_enum(types.get(), "flags", 4));
  ASSERT_EQ(btf__add_enum_value(types.get(), "HIGH", 0x80000001), 0);
  const auto code = Btf::id(btf__add_enum(types.get(), "code", 4));
  ASSERT_EQ(btf__add_enum_value(types.get(), "FAILED", -22), 0);
  for (const auto id : {flags, code}) {
    btf_type* raw = types.raw(id);  // without the bit that says "signed"
    raw->info &= 0x7fffffff;
  }
  EXPECT_FALSE(convert(types, flags)->is_signed);
  EXPECT_EQ(convert(types, flags)->enumerators.at(0).value, 0x80000001u);
  EXPECT_TRUE(convert(types, code)->is_signed);
  EXPECT_EQ(static_cast<std::int64_t>(convert(types, code)->enumerators.at(0).value), -22);
}

TEST(BtfEnums, Have64BitsWhereTheyNeedThem) {
  Btf types;
  const auto huge = Btf::id(btf__add_enum64(types.get(), "huge", 8, false));
  ASSERT_EQ(btf__add_enum64_value(types.get(), "LARGE", 0x123456789aULL), 0);
  const auto negative = Btf::id(btf__add_enum64(types.get(), "negative", 8, true));
  ASSERT_EQ(btf__add_enum64_value(types.get(), "LOW", static_cast<__u64>(-5LL)), 0);
  EXPECT_EQ(convert(types, huge)->enumerators.at(0).value, 0x123456789aULL);
  EXPECT_EQ(convert(types, huge)->size, 8u);
  EXPECT_FALSE(convert(types, huge)->is_signed);
  EXPECT_TRUE(convert(types, negative)->is_signed);
  EXPECT_EQ(static_cast<std::int64_t>(convert(types, negative)->enumerators.at(0).value), -5);
}

TEST(BtfArrays, NestAndMayBeEmpty) {
  Btf types;
  const auto number = types.u32();
  const auto row = types.array(number, 3);
  const auto matrix = types.array(row, 2);
  const auto flexible = types.array(number, 0);
  EXPECT_EQ(convert(types, matrix)->name, "unsigned int[2][3]");
  EXPECT_EQ(convert(types, matrix)->size, 24u);
  EXPECT_EQ(convert(types, matrix)->count, 2u);
  EXPECT_EQ(convert(types, flexible)->size, 0u);
  EXPECT_EQ(convert(types, flexible)->count, 0u);
}

TEST(BtfStructs, KeepNamesOffsetsAndAnonymousMembers) {
  Btf types;
  const auto number = types.u32();
  const auto inner = types.structure(nullptr, 4);
  types.member("deep", number, 0);
  const auto either = Btf::id(btf__add_union(types.get(), nullptr, 4));
  types.member("x", number, 0);
  const auto outer = types.structure("outer", 16);
  types.member("first", number, 0);
  types.member(nullptr, inner, 32);
  types.member("either", either, 64);
  const TypePtr type = convert(types, outer);
  EXPECT_EQ(type->name, "struct outer");
  EXPECT_EQ(type->size, 16u);
  ASSERT_EQ(type->members.size(), 3u);
  EXPECT_EQ(type->members[1].name, "");
  EXPECT_EQ(type->members[1].type->name, "struct (anonymous)");
  EXPECT_EQ(type->members[1].bit_offset, 32u);
  EXPECT_EQ(type->members[2].type->kind, TypeKind::kUnion);
  EXPECT_EQ(resolve_field(type, "deep", "key")->offset, 4u);
}

TEST(BtfStructs, BehindATypedefGoByIt) {
  Btf types;
  const auto number = types.u32();
  const auto anonymous = types.structure(nullptr, 4);
  types.member("a", number, 0);
  EXPECT_EQ(convert(types, types.alias("connection_t", anonymous))->name, "connection_t");
}

TEST(BtfBitfields, OfNewAndOldStyle) {
  Btf types;
  const auto number = types.u32();
  const auto modern = types.structure("modern", 4);
  types.member("a", number, 0, 3);
  types.member("b", number, 3, 13);
  const auto old_bits = types.integer("unsigned int", 4);
  auto* encoding = static_cast<__u32*>(static_cast<void*>(types.raw(old_bits) + 1));
  *encoding = 5;  // bits, of an integer of 32
  const auto old = types.structure("old", 4);
  types.member("plain", number, 0);
  types.member("five", old_bits, 0);
  btf_members(types.raw(old))[1].offset = 3;  // bits, which libbpf refuses to write in this style

  const TypePtr modern_type = convert(types, modern);
  EXPECT_EQ(modern_type->members.at(1).bit_offset, 3u);
  EXPECT_EQ(modern_type->members.at(1).bit_size, 13u);
  const TypePtr old_type = convert(types, old);
  EXPECT_EQ(old_type->members.at(0).bit_size, 0u);
  EXPECT_EQ(old_type->members.at(1).bit_offset, 3u);
  EXPECT_EQ(old_type->members.at(1).bit_size, 5u);
}

TEST(BtfPointers, EndTheWalk) {
  Btf types;
  const auto node = types.structure("node", 8);
  types.member("next", 2, 0);  // the pointer to come
  const auto pointer = Btf::id(btf__add_ptr(types.get(), static_cast<int>(node)));
  ASSERT_EQ(pointer, 2u);
  const TypePtr type = convert(types, node);
  EXPECT_EQ(type->members.at(0).type->kind, TypeKind::kPointer);
  EXPECT_EQ(type->members.at(0).type->size, 8u);
  EXPECT_EQ(type->members.at(0).type->name, "struct node *");
  EXPECT_EQ(convert(types, Btf::id(btf__add_ptr(types.get(), 0)))->name, "void *");
}

TEST(BtfPrivateParts, AreRecognisedByNameAndTag) {
  Btf types;
  const auto number = types.u32();
  for (const char* name : {"bpf_spin_lock", "bpf_timer", "bpf_list_head", "bpf_rb_root",
                           "bpf_refcount", "bpf_wq", "bpf_res_spin_lock"}) {
    const auto part = types.structure(name, 4);
    types.member("val", number, 0);
    const TypePtr type = convert(types, part);
    EXPECT_EQ(type->kind, TypeKind::kKernelPrivate) << name;
    EXPECT_EQ(type->name, std::string("struct ") + name);
    EXPECT_EQ(has_spin_lock(*type), std::strcmp(name, "bpf_spin_lock") == 0) << name;
  }
  const auto target = types.structure("task", 4);
  const auto tag = Btf::id(btf__add_type_tag(types.get(), "kptr", static_cast<int>(target)));
  const auto pointer = Btf::id(btf__add_ptr(types.get(), static_cast<int>(tag)));
  EXPECT_EQ(convert(types, pointer)->kind, TypeKind::kKernelPrivate);
}

TEST(BtfPrivateParts, KeepTheirNameBehindATypedef) {
  Btf types;
  const auto number = types.u32();
  const auto lock = types.structure("bpf_spin_lock", 4);
  types.member("val", number, 0);
  EXPECT_TRUE(has_spin_lock(*convert(types, types.alias("lock_t", lock))));
}

TEST(BtfSections, ListTheirVariablesByOffset) {
  Btf types;
  const auto number = types.u32();
  const auto rate = Btf::id(
      btf__add_var(types.get(), "rate", BTF_VAR_GLOBAL_ALLOCATED, static_cast<int>(number)));
  const auto limit = Btf::id(
      btf__add_var(types.get(), "limit", BTF_VAR_GLOBAL_ALLOCATED, static_cast<int>(number)));
  const auto section = Btf::id(btf__add_datasec(types.get(), ".rodata", 8));
  ASSERT_EQ(btf__add_datasec_var_info(types.get(), static_cast<int>(limit), 4, 4), 0);
  ASSERT_EQ(btf__add_datasec_var_info(types.get(), static_cast<int>(rate), 0, 4), 0);
  BtfLayout layout(types.get());
  EXPECT_EQ(layout.name_of(section), ".rodata");
  const auto variables = layout.variables(section);
  ASSERT_TRUE(variables);
  ASSERT_EQ(variables->size(), 2u);
  EXPECT_EQ(variables->at(0).name, "rate");
  EXPECT_EQ(variables->at(1).name, "limit");
  EXPECT_EQ(variables->at(1).offset, 4u);
  EXPECT_EQ(variables->at(1).type->size, 4u);
  EXPECT_FALSE(layout.variables(number));
}

}  // namespace
}  // namespace bpfmap::kernel
