// SPDX-License-Identifier: Apache-2.0
#include "unit/decode/decoder_fixture.h"

namespace bpfmap::decode::test {
namespace {

using ::testing::HasSubstr;

class DecoderErrors : public DecoderTest {};

TEST_F(DecoderErrors, AnUnknownDecoderComesWithASuggestion) {
  const config::Diagnostic found = failure(field_of(u32()), {use("ifnmae")});
  EXPECT_EQ("unknown decoder 'ifnmae' (did you mean 'ifname'?)", found.message);
  EXPECT_EQ(kDecoderAt, found.at);
}

TEST_F(DecoderErrors, AllUnknownDecodersAreReportedAtOnce) {
  config::DecoderConfig second = use("ipv7");
  second.name.at = {6, 6};
  EXPECT_FALSE(compile(field_of(u32()), {use("ifnmae"), second}));
  EXPECT_EQ(2u, diagnostics_.all().size());
}

TEST_F(DecoderErrors, ArgumentsOfADecoderThatTakesNoneAreAtTheirPlace) {
  for (const char* name : {"number", "hex", "bool", "signal", "ifname"}) {
    const config::Diagnostic found = failure(field_of(u32()), {use(name, scalar("x"))});
    EXPECT_EQ("'" + std::string(name) + "' takes no arguments", found.message);
    EXPECT_EQ((config::Position{9, 9}), found.at);
    EXPECT_EQ(found.message, error(u32(), {use("number"), use(name, scalar("x"))}));
  }
  EXPECT_EQ("'string' takes no arguments",
            error(array(character(), 4), {use("string", texts({{"a", "b"}}))}));
  EXPECT_EQ("'enum' takes no arguments", error(enumeration({}), {use("enum", scalar("x"))}));
}

TEST_F(DecoderErrors, AnEmptyMappingIsNoArgument) {
  EXPECT_EQ("1", text(u8(), {use("number", mapping({}))}, bytes({1})));
}

TEST_F(DecoderErrors, StringNeedsBytes) {
  EXPECT_EQ("'string' needs an array of char or of other bytes, but field 'f' (__u32) is a number",
            error(u32(), {use("string")}));
  EXPECT_THAT(error(array(u32(), 4), {use("string")}), HasSubstr("is an array of something else"));
  EXPECT_THAT(error(spin_lock(), {use("string")}), HasSubstr("private to the kernel"));
}

TEST_F(DecoderErrors, EnumNeedsAnEnum) {
  EXPECT_EQ("'enum' needs an enum, but field 'f' (__u32) is a number", error(u32(), {use("enum")}));
}

TEST_F(DecoderErrors, DecodersOfIntegersTakeNoFloats) {
  EXPECT_EQ("'hex' needs an integer, but field 'f' (double) is floating point",
            error(f64(), {use("hex")}));
  EXPECT_THAT(error(array(f32(), 2), {use("errno")}), HasSubstr("needs an integer"));
  EXPECT_THAT(error(f64(), {use("number"), use("hex")}),
              HasSubstr("'hex' needs an integer, which the decoder before it never writes"));
}

TEST_F(DecoderErrors, DecodersOfNumbersRefuseTextThatIsNeverOne) {
  EXPECT_THAT(error(u32(), {use("ipv4"), use("number")}), HasSubstr("never writes"));
  EXPECT_THAT(error(u32(), {use("bool"), use("errno")}), HasSubstr("never writes"));
  EXPECT_THAT(error(array(u8(), 4), {use("hex"), use("number")}), HasSubstr("never writes"));
  EXPECT_THAT(error(array(u32(), 4), {use("number"), use("ifname")}), HasSubstr("never writes"));
}

TEST_F(DecoderErrors, WhatReadsTheFieldMustComeFirst) {
  for (const char* name : {"string", "enum", "ipv4", "ipv6"}) {
    EXPECT_EQ(
        "'" + std::string(name) + "' reads the bytes of the field: it must be the first decoder",
        error(u32(), {use("number"), use(name)}));
  }
}

TEST_F(DecoderErrors, AUnionAsksForAMember) {
  const TypePtr address =
      composite(TypeKind::kUnion, "union address", 16, {{"v4", u32()}, {"v6", array(u8(), 16)}});
  const config::Diagnostic found = failure(field_of(address, "source"), {});
  EXPECT_EQ(
      "field 'source' (union address) cannot be decoded as a whole: a union; choose a member by "
      "'field: source.v4' (members: source.v4, source.v6)",
      found.message);
  EXPECT_EQ(kLabelAt, found.at);
}

TEST_F(DecoderErrors, PartsOfAnAnonymousUnionAreNamedAsIfItWereNotThere) {
  const TypePtr address = composite(TypeKind::kUnion, "union (anonymous)", 4, {{"v4", u32()}});
  EXPECT_THAT(error(field_of(address, "key.addr.(v4|v6)"), {}), HasSubstr("'field: key.addr.v4'"));
  EXPECT_THAT(error(field_of(address, "(v4|v6)"), {}), HasSubstr("'field: v4'"));
  EXPECT_THAT(error(field_of(address, "key"), {}), HasSubstr("'field: v4'"));
}

TEST_F(DecoderErrors, AStructListsItsMembers) {
  const TypePtr inner = composite(TypeKind::kStruct, "", 4, {{"port", u16()}});
  const TypePtr flow = composite(TypeKind::kStruct, "struct flow", 12,
                                 {{"lock", spin_lock()}, {"ip", u32()}, {"", inner}});
  EXPECT_THAT(error(field_of(flow, "a"), {}), HasSubstr("(members: a.ip, a.port)"));
  EXPECT_THAT(error(field_of(flow, "a"), {use("number")}), HasSubstr("(members: a.ip, a.port)"));
  EXPECT_THAT(error(field_of(flow, ""), {}), HasSubstr("the key (struct flow)"));
  EXPECT_THAT(error(field_of(array(flow, 2), "a"), {}), HasSubstr("'field: a[0].ip'"));
}

TEST_F(DecoderErrors, ManyMembersAreCut) {
  std::vector<std::pair<std::string, TypePtr>> members;
  members.reserve(40);
  for (int i = 0; i < 40; ++i) members.emplace_back("member" + std::to_string(i), u32());
  const std::string message = error(composite(TypeKind::kStruct, "struct s", 160, members), {});
  EXPECT_THAT(message, HasSubstr("f.member11, ...)"));
  EXPECT_THAT(message, ::testing::Not(HasSubstr("member12")));
}

TEST_F(DecoderErrors, NestedAndEmptyArraysAndPrivatePartsAreRefused) {
  EXPECT_THAT(error(array(array(character(), 8), 2), {}), HasSubstr("'field: f[0]'"));
  EXPECT_THAT(error(array(u32(), 0), {}), HasSubstr("it has no elements"));
  EXPECT_THAT(error(array(character(), 0), {}), HasSubstr("it has no elements"));
  EXPECT_THAT(error(spin_lock(), {}), HasSubstr("private to the kernel"));
  EXPECT_THAT(error(array(spin_lock(), 2), {}), HasSubstr("private to the kernel"));
  EXPECT_THAT(error(composite(TypeKind::kStruct, "struct empty", 0, {}), {}), HasSubstr("empty"));
}

TEST_F(DecoderErrors, NumbersOfOddSizesAreRefused) {
  EXPECT_THAT(error(make_type(TypeKind::kUnsigned, 16, "__int128"), {use("errno")}),
              HasSubstr("numbers of 16 bytes cannot be read"));
  EXPECT_THAT(error(make_type(TypeKind::kUnsigned, 32, "unsigned _BitInt(256)"), {}),
              HasSubstr("numbers of 32 bytes cannot be read"));
  EXPECT_THAT(error(bitfield_of(u64(), 7, 60), {}), HasSubstr("nine bytes"));
}

TEST_F(DecoderErrors, ATableDecoderOnAStructReportsItself) {
  const config::Diagnostic found =
      failure(field_of(composite(TypeKind::kStruct, "struct s", 4, {{"x", u32()}})),
              {use("map", mapping({{"table", texts({{"1", "a"}})}}))});
  EXPECT_THAT(found.message, HasSubstr("'field: f.x'"));
  EXPECT_EQ(kDecoderAt, found.at);
}

}  // namespace
}  // namespace bpfmap::decode::test
