// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

#include "kernel/layout.h"

namespace bpfmap::kernel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TypePtr composite(TypeKind kind, std::string name, std::uint32_t size,
                  std::initializer_list<Member> members) {
  auto type = std::make_shared<Type>();
  type->kind = kind;
  type->name = std::move(name);
  type->size = size;
  type->members = members;
  return type;
}

TypePtr u8() { return explicit_type("u8"); }
TypePtr u16() { return explicit_type("u16"); }
TypePtr u32() { return explicit_type("u32"); }
TypePtr u64() { return explicit_type("u64"); }

TypePtr private_type(std::string name, std::uint32_t size) {
  auto type = std::make_shared<Type>();
  type->kind = TypeKind::kKernelPrivate;
  type->name = std::move(name);
  type->size = size;
  return type;
}

// struct endpoint { u32 address; u16 port; };
TypePtr endpoint() {
  return composite(TypeKind::kStruct, "struct endpoint", 8,
                   {{"address", u32(), 0, 0}, {"port", u16(), 32, 0}});
}

// struct packet_key {
//   u32 ifindex;
//   struct endpoint source;         // at 4
//   union { u32 v4; u8 v6[16]; };   // at 12
//   struct { u32 deep; };           // at 28
//   char comm[16];                  // at 32
//   struct endpoint hops[2];        // at 48
//   union { u32 number; struct endpoint place; } named;  // at 64
// };
TypePtr packet_key() {
  const TypePtr address = composite(TypeKind::kUnion, "union (anonymous)", 16,
                                    {{"v4", u32(), 0, 0}, {"v6", array_of(u8(), 16), 0, 0}});
  const TypePtr inner =
      composite(TypeKind::kStruct, "struct (anonymous)", 4, {{"deep", u32(), 0, 0}});
  const TypePtr named = composite(TypeKind::kUnion, "union (anonymous)", 8,
                                  {{"number", u32(), 0, 0}, {"place", endpoint(), 0, 0}});
  return composite(TypeKind::kStruct, "struct packet_key", 72,
                   {{"ifindex", u32(), 0, 0},
                    {"source", endpoint(), 32, 0},
                    {"", address, 96, 0},
                    {"", inner, 224, 0},
                    {"comm", array_of(explicit_type("char"), 16), 256, 0},
                    {"hops", array_of(endpoint(), 2), 384, 0},
                    {"named", named, 512, 0}});
}

std::uint32_t offset_of(const std::string& path) {
  const Result<Field> field = resolve_field(packet_key(), path, "key");
  EXPECT_TRUE(field) << path << ": " << field.error().message();
  if (!field) return 999;
  EXPECT_EQ(field->path, path);
  return field->offset;
}

std::string error_of(const TypePtr& whole, std::string_view path, std::string_view name = "key") {
  const Result<Field> field = resolve_field(whole, path, name);
  if (field) return "resolved";
  EXPECT_EQ(field.error().kind, ErrorKind::kConfiguration);
  return field.error().message();
}

TEST(ResolveField, FollowsMembersArraysAndAnonymousParts) {
  EXPECT_EQ(offset_of("ifindex"), 0u);
  EXPECT_EQ(offset_of("source.port"), 8u);
  EXPECT_EQ(offset_of("v4"), 12u);
  EXPECT_EQ(offset_of("v6[3]"), 15u);
  EXPECT_EQ(offset_of("deep"), 28u);
  EXPECT_EQ(offset_of("comm"), 32u);
  EXPECT_EQ(offset_of("hops[1].port"), 60u);
  EXPECT_EQ(offset_of("named.place.port"), 68u);
}

TEST(ResolveField, GivesTheTypeFound) {
  const Result<Field> comm = resolve_field(packet_key(), "comm", "key");
  ASSERT_TRUE(comm);
  EXPECT_TRUE(comm->type->is_text());
  const Result<Field> hop = resolve_field(packet_key(), "hops[0]", "key");
  ASSERT_TRUE(hop);
  EXPECT_EQ(hop->type->name, "struct endpoint");
}

TEST(ResolveField, TheEmptyPathIsTheWhole) {
  const Result<Field> field = resolve_field(packet_key(), "", "key");
  ASSERT_TRUE(field);
  EXPECT_EQ(field->type->name, "struct packet_key");
  EXPECT_EQ(field->offset, 0u);
}

TEST(ResolveField, AWholeWithoutMembersGoesByItsName) {
  const Result<Field> number = resolve_field(u32(), "key", "key");
  ASSERT_TRUE(number);
  EXPECT_EQ(number->type->size, 4u);
  const Result<Field> element = resolve_field(array_of(u64(), 4), "value[2]", "value");
  ASSERT_TRUE(element);
  EXPECT_EQ(element->offset, 16u);
  EXPECT_EQ(element->path, "value[2]");
  const Result<Field> bare = resolve_field(array_of(u64(), 4), "[3]", "value");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->offset, 24u);
}

TEST(ResolveField, SuggestsWhatWasMeant) {
  EXPECT_EQ(error_of(packet_key(), "ifidnex"),
            "unknown field 'ifidnex' in struct packet_key (did you mean 'ifindex'?)");
  EXPECT_EQ(error_of(packet_key(), "dep"),
            "unknown field 'dep' in struct packet_key (did you mean 'deep'?)");
  EXPECT_EQ(error_of(packet_key(), "source.prot"),
            "unknown field 'prot' in struct endpoint (did you mean 'port'?)");
  EXPECT_EQ(error_of(endpoint(), "zzzzzz"),
            "unknown field 'zzzzzz' in struct endpoint (one of: address, port)");
}

TEST(ResolveField, SuggestsTheStructThatHasTheField) {
  EXPECT_EQ(error_of(packet_key(), "address"),
            "unknown field 'address' in struct packet_key (did you mean 'source.address'?)");
}

TEST(ResolveField, SaysWhatStandsInTheWay) {
  EXPECT_EQ(error_of(packet_key(), "ifindex.a"), "'ifindex' is u32, not a struct");
  EXPECT_EQ(error_of(packet_key(), "ifindex[0]"), "'ifindex' is u32, not an array");
  EXPECT_EQ(error_of(packet_key(), "hops[2]"), "index 2 is beyond struct endpoint[2]");
  EXPECT_EQ(error_of(array_of(u32(), 8), "value[9]", "value"), "index 9 is beyond u32[8]");
  EXPECT_EQ(error_of(packet_key(), "hops[99999999999999999999]"),
            "index 99999999999999999999 is beyond struct endpoint[2]");
  EXPECT_EQ(error_of(packet_key(), "hops.port"), "'hops' is struct endpoint[2], not a struct");
  EXPECT_EQ(error_of(u32(), "key.a"), "'key' is u32, not a struct");
  EXPECT_EQ(error_of(u32(), "key[0]"), "'key' is u32, not an array");
  EXPECT_EQ(error_of(u32(), "ifindex"),
            "unknown field 'ifindex': there is only one u32, called 'key'");
  EXPECT_EQ(error_of(nullptr, "a"), "unknown field 'a': there is no BTF that describes it");
}

TEST(ResolveField, RefusesPathsThatAreNone) {
  EXPECT_EQ(error_of(packet_key(), "hops[x]"), "'x' in 'hops[x]' is not an index");
  EXPECT_EQ(error_of(packet_key(), "hops[-1]"), "'-1' in 'hops[-1]' is not an index");
  EXPECT_EQ(error_of(packet_key(), "hops[]"), "'' in 'hops[]' is not an index");
  EXPECT_EQ(error_of(packet_key(), "hops[0"), "']' is missing in 'hops[0'");
  EXPECT_EQ(error_of(packet_key(), "source."), "a name is missing in 'source.'");
  EXPECT_EQ(error_of(packet_key(), ".source"), "a name is missing in '.source'");
  EXPECT_EQ(error_of(packet_key(), "hops[0]port"),
            "expected '.' or '[' after 'hops[0]' in 'hops[0]port'");
}

TEST(ResolveField, AFlexibleArrayHasNoElements) {
  const TypePtr flexible = composite(TypeKind::kStruct, "struct list", 4,
                                     {{"n", u32(), 0, 0}, {"items", array_of(u32(), 0), 32, 0}});
  EXPECT_EQ(error_of(flexible, "items[0]"), "index 0 is beyond u32[0]");
}

TEST(ResolveField, WhatTheKernelKeepsCannotBeNamed) {
  const TypePtr value =
      composite(TypeKind::kStruct, "struct value", 12,
                {{"lock", private_type("struct bpf_spin_lock", 4), 0, 0}, {"count", u64(), 32, 0}});
  EXPECT_EQ(error_of(value, "lock"),
            "'lock' is a struct bpf_spin_lock, which the kernel keeps to itself");
  EXPECT_EQ(error_of(value, "lokc"), "unknown field 'lokc' in struct value (one of: count)");
  EXPECT_THAT(field_paths(value, "value"), ElementsAre("count"));
}

// struct { u32 a:3; u32 b:13; u64 c:40 (from bit 24 on); u8 pad; u64 wide:60 (from bit 68 on) }
TypePtr bitfields() {
  return composite(TypeKind::kStruct, "struct bits", 24,
                   {{"a", u32(), 0, 3},
                    {"b", u32(), 3, 13},
                    {"", u32(), 16, 8},
                    {"c", u64(), 24, 40},
                    {"wide", u64(), 68, 60},
                    {"too_wide", u64(), 130, 63}});
}

TEST(ResolveField, ABitfieldIsReadFromAtMostEightBytes) {
  struct Expected {
    const char* path;
    std::uint32_t offset;
    std::uint32_t bit_offset;
    std::uint32_t bit_size;
  };
  for (const Expected& expected :
       {Expected{"a", 0, 0, 3}, {"b", 0, 3, 13}, {"c", 3, 0, 40}, {"wide", 8, 4, 60}}) {
    const Result<Field> field = resolve_field(bitfields(), expected.path, "key");
    ASSERT_TRUE(field) << expected.path;
    EXPECT_EQ(field->offset, expected.offset) << expected.path;
    EXPECT_EQ(field->bit_offset, expected.bit_offset) << expected.path;
    EXPECT_EQ(field->bit_size, expected.bit_size) << expected.path;
    EXPECT_LE(field->bit_offset + field->bit_size, 64u) << expected.path;
  }
  EXPECT_EQ(error_of(bitfields(), "too_wide"),
            "'too_wide' is a bitfield that lies across nine bytes; it cannot be read");
}

TEST(LeafFields, LeaveOutUnnamedAndUnreadableBitfields) {
  std::vector<std::string> paths;
  for (const Field& field : leaf_fields(bitfields(), "key")) paths.push_back(field.path);
  EXPECT_THAT(paths, ElementsAre("a", "b", "c", "wide"));
}

TEST(LeafFields, FlattenStructsAndKeepUnionsAndArraysWhole) {
  std::vector<std::string> paths;
  std::vector<std::uint32_t> offsets;
  for (const Field& field : leaf_fields(packet_key(), "key")) {
    paths.push_back(field.path);
    offsets.push_back(field.offset);
  }
  EXPECT_THAT(paths, ElementsAre("ifindex", "source.address", "source.port", "(v4|v6)", "deep",
                                 "comm", "hops", "named"));
  EXPECT_THAT(offsets, ElementsAre(0, 4, 8, 12, 28, 32, 48, 64));
}

TEST(LeafFields, AWholeThatIsNoStructIsOnePart) {
  const std::vector<Field> leaves = leaf_fields(u32(), "key");
  ASSERT_EQ(leaves.size(), 1u);
  EXPECT_EQ(leaves[0].path, "key");
  EXPECT_EQ(leaves[0].type->size, 4u);
  EXPECT_EQ(leaf_fields(array_of(u64(), 4), "value").at(0).path, "value");
  EXPECT_THAT(leaf_fields(nullptr, "key"), IsEmpty());
}

TEST(LeafFields, LeaveOutWhatHoldsNoData) {
  const TypePtr empty = composite(TypeKind::kStruct, "struct empty", 0, {});
  const TypePtr value =
      composite(TypeKind::kStruct, "struct value", 16,
                {{"nothing", empty, 0, 0},
                 {"locks", array_of(private_type("struct bpf_timer", 16), 1), 0, 0},
                 {"items", array_of(u32(), 0), 128, 0}});
  EXPECT_THAT(leaf_fields(value, "value"), IsEmpty());
  EXPECT_THAT(field_paths(value, "value"), IsEmpty());
}

TEST(FieldPaths, AreThoseAUserCouldWrite) {
  const TypePtr key = packet_key();
  const std::vector<std::string> paths = field_paths(key, "key");
  EXPECT_THAT(paths,
              ElementsAre("ifindex", "source.address", "source.port", "v4", "v6", "deep", "comm",
                          "hops", "named.number", "named.place.address", "named.place.port"));
  for (const std::string& path : paths) EXPECT_TRUE(resolve_field(key, path, "key")) << path;
  EXPECT_THAT(field_paths(u32(), "key"), ElementsAre("key"));
  EXPECT_THAT(field_paths(nullptr, "key"), IsEmpty());
}

}  // namespace
}  // namespace bpfmap::kernel
