// SPDX-License-Identifier: Apache-2.0
#include "kernel/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpfmap::kernel {
namespace {

TypePtr make(TypeKind kind, std::string name, std::uint32_t size) {
  auto type = std::make_shared<Type>();
  type->kind = kind;
  type->name = std::move(name);
  type->size = size;
  return type;
}

TEST(ExplicitTypes, KnowSizeSignAndByteOrder) {
  struct Expected {
    const char* name;
    TypeKind kind;
    std::uint32_t size;
    bool big_endian;
  };
  const std::vector<Expected> all{
      {"u8", TypeKind::kUnsigned, 1, false},  {"u16", TypeKind::kUnsigned, 2, false},
      {"u32", TypeKind::kUnsigned, 4, false}, {"u64", TypeKind::kUnsigned, 8, false},
      {"s8", TypeKind::kSigned, 1, false},    {"s16", TypeKind::kSigned, 2, false},
      {"s32", TypeKind::kSigned, 4, false},   {"s64", TypeKind::kSigned, 8, false},
      {"be16", TypeKind::kUnsigned, 2, true}, {"be32", TypeKind::kUnsigned, 4, true},
      {"be64", TypeKind::kUnsigned, 8, true}, {"f32", TypeKind::kFloat, 4, false},
      {"f64", TypeKind::kFloat, 8, false},    {"bool", TypeKind::kBool, 1, false},
      {"char", TypeKind::kChar, 1, false}};
  for (const Expected& expected : all) {
    const TypePtr type = explicit_type(expected.name);
    ASSERT_NE(type, nullptr) << expected.name;
    EXPECT_EQ(type->kind, expected.kind) << expected.name;
    EXPECT_EQ(type->size, expected.size) << expected.name;
    EXPECT_EQ(type->big_endian, expected.big_endian) << expected.name;
    EXPECT_EQ(type->name, expected.name);
    EXPECT_TRUE(type->is_scalar()) << expected.name;
  }
  EXPECT_EQ(explicit_type_names().size(), all.size());
}

TEST(ExplicitTypes, UnknownNamesGiveNothing) {
  EXPECT_EQ(explicit_type("u128"), nullptr);
  EXPECT_EQ(explicit_type(""), nullptr);
  EXPECT_EQ(explicit_type("U8"), nullptr);
}

TEST(Arrays, AreNamedAsInC) {
  const TypePtr row = array_of(explicit_type("u32"), 3);
  EXPECT_EQ(row->name, "u32[3]");
  EXPECT_EQ(row->size, 12u);
  const TypePtr matrix = array_of(row, 2);
  EXPECT_EQ(matrix->name, "u32[2][3]");
  EXPECT_EQ(matrix->size, 24u);
  EXPECT_EQ(matrix->count, 2u);
  EXPECT_EQ(matrix->element, row);
}

TEST(Arrays, OfPlainCharAreText) {
  EXPECT_TRUE(array_of(explicit_type("char"), 16)->is_text());
  EXPECT_FALSE(array_of(explicit_type("u8"), 16)->is_text());
  EXPECT_FALSE(array_of(explicit_type("s8"), 16)->is_text());
  EXPECT_FALSE(explicit_type("char")->is_text());
}

TEST(Types, OnlyNumbersAreScalars) {
  for (const TypeKind kind :
       {TypeKind::kUnsigned, TypeKind::kSigned, TypeKind::kBool, TypeKind::kChar, TypeKind::kFloat,
        TypeKind::kEnum, TypeKind::kPointer}) {
    EXPECT_TRUE(make(kind, "x", 4)->is_scalar());
  }
  for (const TypeKind kind :
       {TypeKind::kArray, TypeKind::kStruct, TypeKind::kUnion, TypeKind::kKernelPrivate}) {
    EXPECT_FALSE(make(kind, "x", 4)->is_scalar());
  }
}

TEST(SpinLocks, AreFoundAtAnyDepth) {
  const TypePtr lock = make(TypeKind::kKernelPrivate, "struct bpf_spin_lock", 4);
  Type inner;
  inner.kind = TypeKind::kStruct;
  inner.members = {{"count", explicit_type("u32"), 0, 0}, {"lock", lock, 32, 0}};
  Type outer;
  outer.kind = TypeKind::kStruct;
  outer.members = {{"inner", array_of(std::make_shared<Type>(inner), 2), 0, 0}};
  EXPECT_TRUE(has_spin_lock(*lock));
  EXPECT_TRUE(has_spin_lock(inner));
  EXPECT_TRUE(has_spin_lock(outer));
}

TEST(SpinLocks, AreNotConfusedWithOtherPrivateParts) {
  Type type;
  type.kind = TypeKind::kStruct;
  type.members = {{"timer", make(TypeKind::kKernelPrivate, "struct bpf_timer", 16), 0, 0},
                  {"count", explicit_type("u64"), 128, 0}};
  EXPECT_FALSE(has_spin_lock(type));
}

}  // namespace
}  // namespace bpfmap::kernel
