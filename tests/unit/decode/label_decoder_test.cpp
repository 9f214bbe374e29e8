// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/label_decoder.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include "decode/decoder_names.h"
#include "unit/decode/decoder_fixture.h"

namespace bpfmap::decode::test {
namespace {

class ByType : public DecoderTest {};

TEST_F(ByType, NumbersAreDecimal) {
  EXPECT_EQ("255", text(u8(), {}, bytes({255})));
  EXPECT_EQ("-1", text(s8(), {}, bytes({255})));
  EXPECT_EQ("18446744073709551615", text(u64(), {}, bytes_of(~std::uint64_t{0})));
  EXPECT_EQ("-9223372036854775808",
            text(s64(), {}, bytes_of(std::numeric_limits<std::int64_t>::min())));
  EXPECT_EQ("16909060", text(big_endian(4), {}, bytes({1, 2, 3, 4})));
}

TEST_F(ByType, BitfieldsAreNumbers) {
  EXPECT_EQ("5", text(bitfield_of(u8(), 3, 3), {}, bytes({0b1110'1111})));
}

TEST_F(ByType, FloatsAreTheShortestDecimal) {
  EXPECT_EQ("0.1", text(f64(), {}, bytes_of(0.1)));
  EXPECT_EQ("-2.2250738585072014e-308", text(f64(), {}, bytes_of(-2.2250738585072014e-308)));
  EXPECT_EQ("+Inf", text(f32(), {}, bytes_of(INFINITY)));
  EXPECT_EQ("-0", text(f64(), {}, bytes_of(-0.0)));
  EXPECT_FALSE(state_.lossy);
}

TEST_F(ByType, NotANumberIsLossyBecauseItHasManyPayloads) {
  EXPECT_EQ("NaN", text(f64(), {}, bytes_of(std::uint64_t{0x7ff8000000000001})));
  EXPECT_TRUE(state_.lossy);
}

TEST_F(ByType, BoolsAreWords) {
  EXPECT_EQ("false", text(boolean(), {}, bytes({0})));
  EXPECT_EQ("true", text(boolean(), {}, bytes({1})));
  EXPECT_FALSE(state_.lossy);
  EXPECT_EQ("true", text(boolean(), {}, bytes({2})));
  EXPECT_TRUE(state_.lossy) << "1 and 2 look the same";
}

TEST_F(ByType, PointersAreHexadecimal) {
  EXPECT_EQ("0xffff888012345678", text(pointer(), {}, bytes_of(std::uint64_t{0xffff888012345678})));
  EXPECT_EQ("0x0", text(pointer(), {}, bytes_of(std::uint64_t{0})));
}

TEST_F(ByType, ASinglePlainCharIsANumber) {
  EXPECT_EQ("82", text(character(), {}, bytes({'R'})));
  EXPECT_EQ("-1", text(character(), {}, bytes({0xff})));
}

TEST_F(ByType, ArraysOfPlainCharAreText) {
  EXPECT_EQ("nginx", text(array(character(), 16), {}, text_bytes("nginx", 16)));
  EXPECT_EQ("exactly-16-bytes",
            text(array(character(), 16), {}, text_bytes("exactly-16-bytes", 16)));
  EXPECT_EQ("", text(array(character(), 4), {}, text_bytes("", 4)));
}

TEST_F(ByType, ArraysOfUnsignedBytesAreHexadecimal) {
  EXPECT_EQ("00ff10ab", text(array(u8(), 4), {}, bytes({0x00, 0xff, 0x10, 0xab})));
}

TEST_F(ByType, OtherArraysAreJoinedByCommas) {
  EXPECT_EQ("-1,2,127", text(array(s8(), 3), {}, bytes({0xff, 2, 127})));
  Bytes key = bytes_of(std::uint32_t{1});
  const Bytes second = bytes_of(std::uint32_t{4294967295});
  key.insert(key.end(), second.begin(), second.end());
  EXPECT_EQ("1,4294967295", text(array(u32(), 2), {}, key));
  EXPECT_EQ("true,false", text(array(boolean(), 2), {}, bytes({1, 0})));
  const TypePtr color = enumeration({{"RED", 0}, {"GREEN", 1}}, 1);
  EXPECT_EQ("GREEN,RED,7", text(array(color, 3), {}, bytes({1, 0, 7})));
}

TEST_F(ByType, ReadsTheFieldAtItsOffset) {
  Field field = field_of(array(character(), 3));
  field.offset = 2;
  EXPECT_EQ("abc", text(field, {}, bytes({'x', 'x', 'a', 'b', 'c'})));
}

class StringDecoder : public DecoderTest {};

TEST_F(StringDecoder, EscapesWhatALabelNeedsEscaped) {
  EXPECT_EQ(R"(a\"b\\c\nd)", text(array(character(), 8), {}, text_bytes("a\"b\\c\nd", 8)));
  EXPECT_FALSE(state_.lossy);
}

TEST_F(StringDecoder, BytesBehindTheNulAreLossy) {
  EXPECT_EQ("ab", text(array(character(), 6), {}, bytes({'a', 'b', 0, 0, 'x', 0})));
  EXPECT_TRUE(state_.lossy);
}

TEST_F(StringDecoder, TheLastByteBehindTheNulCountsToo) {
  EXPECT_EQ("ab", text(array(character(), 4), {}, bytes({'a', 'b', 0, 1})));
  EXPECT_TRUE(state_.lossy);
}

TEST_F(StringDecoder, InvalidUtf8IsReplacedAndLossy) {
  EXPECT_EQ("a\xEF\xBF\xBD", text(array(character(), 4), {}, bytes({'a', 0xff, 0, 0})));
  EXPECT_TRUE(state_.lossy);
}

TEST_F(StringDecoder, RoomIsEnoughWhenEveryByteIsReplaced) {
  std::string expected;
  for (int i = 0; i < 16; ++i) expected += "\xEF\xBF\xBD";
  EXPECT_EQ(expected, text(array(character(), 16), {}, Bytes(16, std::byte{0xff})));
}

TEST_F(StringDecoder, TakesUnsignedAndSignedBytesAndASingleChar) {
  EXPECT_EQ("sh", text(array(u8(), 4), {use("string")}, text_bytes("sh", 4)));
  EXPECT_EQ("sh", text(array(s8(), 4), {use("string")}, text_bytes("sh", 4)));
  EXPECT_EQ("R", text(character(), {use("string")}, bytes({'R'})));
  EXPECT_EQ("", text(character(), {use("string")}, bytes({0})));
}

class NumberDecoder : public DecoderTest {};

TEST_F(NumberDecoder, WritesEnumsBoolsAndPointersAsNumbers) {
  EXPECT_EQ("1", text(enumeration({{"ONE", 1}}), {use("number")}, bytes_of(std::uint32_t{1})));
  EXPECT_EQ("2", text(boolean(), {use("number")}, bytes({2})));
  EXPECT_EQ("4096", text(pointer(), {use("number")}, bytes_of(std::uint64_t{4096})));
}

TEST_F(NumberDecoder, WritesArraysElementByElement) {
  EXPECT_EQ("0,255,16", text(array(u8(), 3), {use("number")}, bytes({0, 255, 16})));
}

TEST_F(NumberDecoder, ReadsHexadecimalTextBack) {
  EXPECT_EQ("255", text(u8(), {use("hex"), use("number")}, bytes({255})));
}

TEST_F(NumberDecoder, LeavesTextThatIsNoIntegerAlone) {
  const Chain chain = {use("string"), use("number")};
  for (const char* word :
       {"abc", "", "-", "0x", "12a", " 12", "+12", "1.5", "--1", "-0x1", "0x-1"}) {
    state_.errors = 0;
    EXPECT_EQ(word, text(array(character(), 24), chain, text_bytes(word, 24)));
    EXPECT_EQ(1u, state_.errors) << word;
  }
  EXPECT_EQ("18446744073709551616",
            text(array(character(), 24), chain, text_bytes("18446744073709551616", 24)));
  EXPECT_EQ("-9223372036854775809",
            text(array(character(), 24), chain, text_bytes("-9223372036854775809", 24)));
  EXPECT_EQ(3u, state_.errors);
}

TEST_F(NumberDecoder, TakesTextsUpToTheEndsOfTheRange) {
  const Chain chain = {use("string"), use("number")};
  EXPECT_EQ("18446744073709551615",
            text(array(character(), 24), chain, text_bytes("18446744073709551615", 24)));
  EXPECT_EQ("-9223372036854775808",
            text(array(character(), 24), chain, text_bytes("-9223372036854775808", 24)));
  EXPECT_EQ("7", text(array(character(), 24), chain, text_bytes("007", 24)));
  EXPECT_EQ(0u, state_.errors);
}

TEST_F(NumberDecoder, EscapesTheTextItLeavesAlone) {
  EXPECT_EQ(R"(\"\"\"\")",
            text(array(character(), 4), {use("string"), use("number")}, text_bytes("\"\"\"\"", 4)));
}

class HexDecoder : public DecoderTest {};

TEST_F(HexDecoder, WritesNumbersWithoutLeadingZeros) {
  EXPECT_EQ("0x0", text(u32(), {use("hex")}, bytes_of(std::uint32_t{0})));
  EXPECT_EQ("0x1f", text(u32(), {use("hex")}, bytes_of(std::uint32_t{31})));
  EXPECT_EQ("0xffffffffffffffff", text(u64(), {use("hex")}, bytes_of(~std::uint64_t{0})));
}

TEST_F(HexDecoder, NegativeNumbersHaveTheWidthOfTheField) {
  EXPECT_EQ("0xff", text(s8(), {use("hex")}, bytes_of(std::int8_t{-1})));
  EXPECT_EQ("0xfffffffe", text(s32(), {use("hex")}, bytes_of(std::int32_t{-2})));
  EXPECT_EQ("0x1f", text(bitfield_of(s8(), 1, 5), {use("hex")}, bytes({0xff})));
}

TEST_F(HexDecoder, NegativeTextsHave64Bits) {
  EXPECT_EQ("0xfffffffffffffffe",
            text(s32(), {use("number"), use("hex")}, bytes_of(std::int32_t{-2})));
}

TEST_F(HexDecoder, WritesByteArraysAsBytesAndOtherArraysAsNumbers) {
  EXPECT_EQ("02fc00000001", text(array(u8(), 6), {use("hex")}, bytes({0x02, 0xfc, 0, 0, 0, 1})));
  EXPECT_EQ("6162", text(array(character(), 2), {use("hex")}, text_bytes("ab", 2)));
  EXPECT_EQ("ff80", text(array(s8(), 2), {use("hex")}, bytes({0xff, 0x80})));
  EXPECT_EQ("0x201,0x403", text(array(u16(), 2), {use("hex")}, bytes({1, 2, 3, 4})));
}

class BoolDecoder : public DecoderTest {};

TEST_F(BoolDecoder, TakesAnyInteger) {
  EXPECT_EQ("true", text(u32(), {use("bool")}, bytes_of(std::uint32_t{1})));
  EXPECT_EQ("false", text(u32(), {use("bool")}, bytes_of(std::uint32_t{0})));
  EXPECT_EQ("false", text(u32(), {use("number"), use("bool")}, bytes_of(std::uint32_t{0})));
  EXPECT_FALSE(state_.lossy);
  EXPECT_EQ("true", text(u32(), {use("bool")}, bytes_of(std::uint32_t{256})));
  EXPECT_TRUE(state_.lossy);
}

class Chains : public DecoderTest {};

TEST_F(Chains, PassTextFromOneToTheNext) {
  const Chain chain = {use("hex"), use("number"), use("hex"), use("signal")};
  EXPECT_EQ("SIGKILL", text(u32(), chain, bytes_of(std::uint32_t{9})));
}

TEST_F(Chains, CountEveryDecoderThatFails) {
  const Chain chain = {use("string"), use("number"), use("errno")};
  EXPECT_EQ("abc", text(array(character(), 4), chain, text_bytes("abc", 4)));
  EXPECT_EQ(2u, state_.errors);
}

TEST_F(Chains, UseScratchSpaceThatIsLargeEnoughForTheLongestText) {
  const std::string word(200, '"');
  std::string escaped;
  for (int i = 0; i < 200; ++i) escaped += "\\\"";
  EXPECT_EQ("7", text(u8(), {use("number"), use("number")}, bytes({7})));
  EXPECT_EQ(escaped, text(array(character(), 200), {use("string"), use("number"), use("number")},
                          text_bytes(word, 200)));
}

TEST_F(Chains, UseScratchSpaceForALongTextBeforeAShortOne) {
  const Chain chain = {
      use("string"),
      use("map", mapping({{"table", texts({{"x", "1"}})}, {"default", scalar("2")}})), use("hex")};
  EXPECT_EQ("0x2", text(array(character(), 4000), chain, text_bytes(std::string(4000, 'a'), 4000)));
}

TEST_F(Chains, KeepLossOfTheFirstDecoder) {
  text(array(character(), 4), {use("string"), use("number")}, bytes({'1', 0, 0, 'x'}));
  EXPECT_TRUE(state_.lossy);
}

class MaxBytes : public DecoderTest {
 protected:
  std::size_t of(const TypePtr& type, const Chain& chain = {}) {
    const std::optional<LabelDecoder> decoder = compile(field_of(type), chain);
    return decoder ? decoder->max_bytes() : 0;
  }
};

TEST_F(MaxBytes, FollowsTheType) {
  EXPECT_EQ(20u, of(u64()));
  EXPECT_EQ(4u, of(u8(), {use("hex")}));
  EXPECT_EQ(18u, of(u64(), {use("hex")}));
  EXPECT_EQ(48u, of(array(character(), 16)));
  EXPECT_EQ(32u, of(array(u8(), 16)));
  EXPECT_EQ(39u, of(array(u8(), 16), {use("ipv6")}));
  EXPECT_EQ(5u, of(boolean()));
  EXPECT_EQ(63u * 4 + 20, of(array(u8(), 64), {use("number")}));
}

TEST_F(MaxBytes, IsReachedByTheLongestTextsAndNotExceeded) {
  const Bytes ones(64, std::byte{0xff});
  EXPECT_EQ(64u * 4 - 1, text(array(u8(), 64), {use("number")}, ones).size());
  Bytes lowest;
  for (int i = 0; i < 8; ++i) lowest.insert(lowest.end(), {std::byte{0}, std::byte{0x80}});
  EXPECT_EQ(8u * 7 - 1, text(array(s16(), 8), {}, lowest).size());
  EXPECT_EQ(18u, text(u64(), {use("hex")}, Bytes(8, std::byte{0xff})).size());
}

// A name may hold anything; its length and what escaping makes of it must fit beside
// a number's room.
TEST_F(MaxBytes, CoversNamesThatMustBeEscaped) {
  const TypePtr odd = enumeration({{"\"\"\"", 1}}, 1);
  EXPECT_EQ(R"(\"\"\")", text(odd, {}, bytes({1})));
  EXPECT_EQ(R"(\"\"\",\"\"\",200)", text(array(odd, 3), {}, bytes({1, 1, 200})));
}

// Two names of three bytes that are replaced by nine, and a number that wants all of its
// room behind them.
TEST_F(MaxBytes, CoversANumberBehindNamesThatGrow) {
  const TypePtr odd = enumeration({{"\xff\xff\xff", 1}}, 1);
  EXPECT_GE(of(array(odd, 3)), 2u * (9 + 1) + 20);
}

TEST(DecoderNames, AreSortedAndUnique) {
  const std::vector<std::string> names = decoder_names();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(names.end(), std::adjacent_find(names.begin(), names.end()));
  EXPECT_THAT(names, ::testing::IsSupersetOf({"number", "hex", "string", "enum", "bool", "map"}));
}

// One with arguments has a section, the others a row of the table; none has both.
TEST(DecoderNames, EachHasItsPlaceInTheDocumentation) {
  std::ifstream file(DECODERS_MD);
  ASSERT_TRUE(file.is_open());
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t table = text.find("\n## Decoders without arguments\n");
  ASSERT_NE(std::string::npos, table);
  for (const std::string& name : decoder_names()) {
    const bool has_section = text.find("\n## `" + name + "`\n") != std::string::npos;
    const bool has_row = text.find("\n| `" + name + "` |", table) != std::string::npos;
    EXPECT_NE(has_section, has_row) << name;
  }
}

}  // namespace
}  // namespace bpfmap::decode::test
