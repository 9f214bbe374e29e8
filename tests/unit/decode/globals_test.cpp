// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "unit/decode/plan_fixture.h"

// Values of global variables: the bytes that a program sees, and what does not fit.
namespace bpfmap::decode {
namespace {

class Globals : public PlanTest {
 protected:
  Globals() { maps_ = {array_map(number("u64"), 1)}; }

  // The bytes of a variable `x` of this type; nothing after an error. Its value begins at column 4
  // of line 4.
  std::optional<test::Bytes> encode(const test::TypePtr& type, const std::string& value) {
    names_ = {};
    globals_ = {{"x", ".rodata", type, 0}};
    const ObjectPlan plan = compile(
        "object: test.bpf.o\nmaps: [ { map: m, metrics: [ { gauge: g } ] } ]\nglobals:\n  x: " +
        value + "\n");
    if (plan.globals.size() != 1) return std::nullopt;
    EXPECT_THAT(messages_, IsEmpty());
    EXPECT_EQ(plan.globals[0].name, "x");
    EXPECT_EQ(plan.globals[0].bytes.size(), type->size);
    return plan.globals[0].bytes;
  }

  template <typename T>
  std::optional<T> value(const std::string& type, const std::string& text) {
    const auto bytes = encode(number(type), text);
    if (!bytes || bytes->size() != sizeof(T)) return std::nullopt;
    T result;
    std::memcpy(&result, bytes->data(), sizeof(result));
    return result;
  }

  // The only message about a value that does not fit.
  std::string refusal(const test::TypePtr& type, const std::string& text) {
    EXPECT_FALSE(encode(type, text).has_value());
    return messages_.size() == 1 ? messages_[0] : ::testing::PrintToString(messages_);
  }
  std::string refusal(const std::string& type, const std::string& text) {
    return refusal(number(type), text);
  }
};

TEST_F(Globals, UnsignedNumbers) {
  EXPECT_EQ(value<std::uint8_t>("u8", "255"), 255);
  EXPECT_EQ(value<std::uint16_t>("u16", "0xffff"), 65535);
  EXPECT_EQ(value<std::uint32_t>("u32", "4294967295"), 4294967295U);
  EXPECT_EQ(value<std::uint64_t>("u64", "18446744073709551615"), 18446744073709551615U);
  EXPECT_EQ(value<std::uint64_t>("u64", "\"7\""), 7U);  // as ${...} has to be written in { }
  EXPECT_EQ(value<std::uint32_t>("u32", "-0"), 0U);
}

TEST_F(Globals, NumbersInNetworkOrder) {
  EXPECT_EQ(value<std::uint16_t>("be16", "443"), __builtin_bswap16(443));
  EXPECT_EQ(value<std::uint32_t>("be32", "0x0a000001"), __builtin_bswap32(0x0a000001));
  EXPECT_EQ(value<std::uint64_t>("be64", "1"), std::uint64_t{1} << 56U);
  EXPECT_EQ(refusal("be16", "65536"),
            "error 4:6 expected a whole number from 0 to 65535 for be16, found '65536'");
}

TEST_F(Globals, UnsignedNumbersOutOfRange) {
  EXPECT_EQ(refusal("u8", "256"),
            "error 4:6 expected a whole number from 0 to 255 for u8, found '256'");
  EXPECT_EQ(refusal("u16", "65536"),
            "error 4:6 expected a whole number from 0 to 65535 for u16, found '65536'");
  EXPECT_EQ(refusal("u32", "-1"),
            "error 4:6 expected a whole number from 0 to 4294967295 for u32, found '-1'");
  EXPECT_EQ(refusal("u64", "18446744073709551616"),
            "error 4:6 expected a whole number from 0 to 18446744073709551615 for u64, found"
            " '18446744073709551616'");
  EXPECT_EQ(refusal("u32", "1.5"),
            "error 4:6 expected a whole number from 0 to 4294967295 for u32, found '1.5'");
  EXPECT_EQ(refusal("u32", "0x"),
            "error 4:6 expected a whole number from 0 to 4294967295 for u32, found '0x'");
  EXPECT_EQ(refusal("u32", "0x-5"),
            "error 4:6 expected a whole number from 0 to 4294967295 for u32, found '0x-5'");
  EXPECT_EQ(refusal("u32", "\"\""),
            "error 4:6 expected a whole number from 0 to 4294967295 for u32, found ''");
  EXPECT_EQ(refusal("u32", "[ 1 ]"),
            "error 4:6 expected a whole number from 0 to 4294967295 for u32, found a list of 1");
  EXPECT_EQ(refusal("u32", "{ a: 1 }"),
            "error 4:6 expected a whole number from 0 to 4294967295 for u32, found a mapping");
}

TEST_F(Globals, SignedNumbers) {
  EXPECT_EQ(value<std::int8_t>("s8", "-128"), -128);
  EXPECT_EQ(value<std::int16_t>("s16", "-0x8000"), -32768);
  EXPECT_EQ(value<std::int32_t>("s32", "2147483647"), 2147483647);
  EXPECT_EQ(value<std::int64_t>("s64", "-9223372036854775808"),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(value<std::int64_t>("s64", "9223372036854775807"),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(value<char>("char", "65"), 'A');
}

TEST_F(Globals, SignedNumbersOutOfRange) {
  EXPECT_EQ(refusal("s8", "128"),
            "error 4:6 expected a whole number from -128 to 127 for s8, found '128'");
  EXPECT_EQ(refusal("s8", "-129"),
            "error 4:6 expected a whole number from -128 to 127 for s8, found '-129'");
  EXPECT_EQ(refusal("s64", "9223372036854775808"),
            "error 4:6 expected a whole number from -9223372036854775808 to 9223372036854775807 for"
            " s64, found '9223372036854775808'");
  EXPECT_EQ(refusal("s64", "-9223372036854775809"),
            "error 4:6 expected a whole number from -9223372036854775808 to 9223372036854775807 for"
            " s64, found '-9223372036854775809'");
  EXPECT_EQ(refusal("s32", "0x-5"),
            "error 4:6 expected a whole number from -2147483648 to 2147483647 for s32, found"
            " '0x-5'");
}

TEST_F(Globals, Booleans) {
  EXPECT_EQ(value<std::uint8_t>("bool", "true"), 1);
  EXPECT_EQ(value<std::uint8_t>("bool", "false"), 0);
  EXPECT_EQ(refusal("bool", "yes"), "error 4:6 expected true or false for bool, found 'yes'");
  EXPECT_EQ(refusal("bool", "1"), "error 4:6 expected true or false for bool, found '1'");
}

TEST_F(Globals, Floats) {
  EXPECT_EQ(value<float>("f32", "0.1"), 0.1F);
  EXPECT_EQ(value<double>("f64", "-1e300"), -1e300);
  EXPECT_EQ(refusal("f64", "nan"), "error 4:6 expected a finite number for f64, found 'nan'");
  EXPECT_EQ(refusal("f64", "1e999"), "error 4:6 expected a finite number for f64, found '1e999'");
  EXPECT_EQ(refusal("f64", "[]"), "error 4:6 expected a finite number for f64, found a list of 0");
  EXPECT_EQ(refusal("f32", "1e39"),
            "error 4:6 expected a number of at most 3.4028235e38 for f32, found '1e39'");
}

TEST_F(Globals, Enums) {
  const auto color = enumeration({{"RED", 0}, {"GREEN", 7}});
  EXPECT_EQ(encode(color, "GREEN"), test::bytes_of(std::uint32_t{7}));
  EXPECT_EQ(encode(color, "4294967295"), test::bytes_of(std::uint32_t{4294967295}));
  EXPECT_EQ(refusal(color, "GREN"),
            "error 4:6 'GREN' is no enumerator of enum e (did you mean 'GREEN'?)");
  EXPECT_EQ(refusal(color, "-1"),
            "error 4:6 expected a whole number from 0 to 4294967295 for enum e, found '-1'");
  EXPECT_EQ(refusal(color, "[ RED ]"),
            "error 4:6 expected a name or a whole number for enum e, found a list of 1");

  const auto direction = enumeration({{"BACK", ~std::uint64_t{0}}, {"FORTH", 1}}, true, 8);
  EXPECT_EQ(encode(direction, "BACK"), test::bytes_of(std::int64_t{-1}));
  EXPECT_EQ(encode(direction, "-2"), test::bytes_of(std::int64_t{-2}));
  const auto wide = enumeration({{"HUGE", ~std::uint64_t{0}}}, false, 8);
  EXPECT_EQ(encode(wide, "HUGE"), test::bytes_of(~std::uint64_t{0}));
  EXPECT_EQ(encode(wide, "18446744073709551614"), test::bytes_of(~std::uint64_t{1}));
}

TEST_F(Globals, Text) {
  EXPECT_EQ(encode(text(6), "nginx"), test::bytes_of(std::array<char, 6>{'n', 'g', 'i', 'n', 'x'}));
  EXPECT_EQ(encode(text(4), "\"\""), test::Bytes(4));
  EXPECT_EQ(encode(text(2), "[ 65, -1 ]"), test::bytes_of(std::array<char, 2>{'A', -1}));
  EXPECT_EQ(refusal(text(5), "nginx"), "error 4:6 text of 5 bytes and its NUL do not fit char[5]");
  EXPECT_EQ(refusal(text(5), "{ a: b }"),
            "error 4:6 expected text or a list of 5 for char[5], found a mapping");
}

TEST_F(Globals, Arrays) {
  const auto ports = array(number("u16"), 3);
  EXPECT_EQ(encode(ports, "[ 80, 443, 8080 ]"),
            test::bytes_of(std::array<std::uint16_t, 3>{80, 443, 8080}));
  EXPECT_EQ(encode(array(array(number("u8"), 2), 2), "[ [ 1, 2 ], [ 3, 4 ] ]"),
            test::bytes_of(std::array<std::uint8_t, 4>{1, 2, 3, 4}));
  EXPECT_EQ(refusal(ports, "[ 80, 443 ]"),
            "error 4:6 expected a list of 3 for u16[3], found a list of 2");
  EXPECT_EQ(refusal(ports, "80"), "error 4:6 expected a list of 3 for u16[3], found '80'");
  EXPECT_FALSE(encode(ports, "[ 80, 65536, -1 ]").has_value());
  EXPECT_THAT(
      messages_,
      ElementsAre("error 4:12 expected a whole number from 0 to 65535 for u16, found '65536'",
                  "error 4:19 expected a whole number from 0 to 65535 for u16, found '-1'"));
}

struct Inner {
  std::int32_t x;
  bool on;
};
struct Outer {
  std::uint8_t id;
  Inner inner[2];
  std::uint64_t limit;
};

test::TypePtr outer_type() {
  return structure(
      "struct outer",
      {{"id", number("u8")},
       {"inner",
        array(structure("struct inner", {{"x", number("s32")}, {"on", number("bool")}}), 2)},
       {"limit", number("u64")}});
}

TEST_F(Globals, Structs) {
  Outer expected;
  std::memset(&expected, 0, sizeof(expected));
  expected.id = 3;
  expected.inner[0].x = -1;
  expected.inner[1].x = 2;
  expected.inner[1].on = true;
  expected.limit = 9;
  EXPECT_EQ(encode(outer_type(),
                   "{ limit: 9, id: 3, inner: [ { x: -1, on: false },"
                   " { x: 2, on: true } ] }"),
            test::bytes_of(expected));
}

TEST_F(Globals, StructsThatDoNotFit) {
  EXPECT_FALSE(encode(outer_type(), "{ id: 3, limt: 9, inner: [ { x: a, on: true }, 7 ] }"));
  EXPECT_THAT(
      messages_,
      ElementsAre("error 4:6 field 'limit' of struct outer is missing",
                  "error 4:15 unknown field 'limt' of struct outer (did you mean 'limit'?)",
                  "error 4:38 expected a whole number from -2147483648 to 2147483647 for s32, found"
                  " 'a'",
                  "error 4:53 expected a mapping for struct inner, found '7'"));
  EXPECT_EQ(refusal(outer_type(), "5"), "error 4:6 expected a mapping for struct outer, found '5'");
}

TEST_F(Globals, PartsOfStructsThatHaveNoNameOrNoBytes) {
  const auto bits = structure(
      "struct bits", {{"low", number("u32"), 3}, {"", number("u32"), 5}, {"all", number("u32")}});
  EXPECT_EQ(refusal(bits, "{ low: 1, all: 2 }"),
            "error 4:13 bitfields such as 'low' cannot be set");
  const auto padded = structure("struct padded", {{"", number("u32"), 5}, {"all", number("u32")}});
  EXPECT_EQ(encode(padded, "{ all: 2 }"), test::bytes_of(std::uint64_t{2} << 32U));
  const auto anonymous = structure(
      "struct s", {{"", union_of("union (anon)", {{"a", number("u32")}, {"b", number("u32")}})}});
  EXPECT_FALSE(encode(anonymous, "{ a: 1 }"));
  EXPECT_THAT(messages_, ElementsAre("error 4:6 anonymous parts of struct s cannot be set",
                                     StartsWith("error 4:8 unknown field 'a' of struct s")));
}

TEST_F(Globals, TypesThatCannotBeSet) {
  EXPECT_EQ(refusal(union_of("union u", {{"a", number("u32")}}), "{ a: 1 }"),
            "error 4:6 a variable of type union u cannot be set");
  EXPECT_EQ(
      refusal(test::type_of(kernel::TypeKind::kKernelPrivate, 4, "struct bpf_spin_lock"), "0"),
      "error 4:6 a variable of type struct bpf_spin_lock cannot be set");
  // Sizes that only a broken object claims.
  EXPECT_EQ(refusal(test::type_of(kernel::TypeKind::kUnsigned, 0, "u0"), "0"),
            "error 4:6 a variable of type u0 cannot be set");
  EXPECT_EQ(refusal(test::type_of(kernel::TypeKind::kFloat, 2, "half"), "0"),
            "error 4:6 a variable of type half cannot be set");
  EXPECT_EQ(encode(test::type_of(kernel::TypeKind::kPointer, 8, "void *"), "0x1000"),
            test::bytes_of(std::uint64_t{4096}));
}

}  // namespace
}  // namespace bpfmap::decode
