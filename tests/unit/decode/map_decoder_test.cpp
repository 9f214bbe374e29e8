// SPDX-License-Identifier: Apache-2.0
#include "unit/decode/decoder_fixture.h"

namespace bpfmap::decode::test {
namespace {

using ::testing::HasSubstr;
using Table = std::vector<std::pair<std::string, std::string>>;

class MapDecoder : public DecoderTest {
 protected:
  static config::DecoderConfig map(const Table& table,
                                   std::vector<std::pair<std::string, config::Tree>> more = {}) {
    more.insert(more.begin(), {"table", texts(table)});
    return use("map", mapping(more));
  }
  std::string number(std::uint32_t value, const config::DecoderConfig& decoder) {
    return text(u32(), {decoder}, bytes_of(value));
  }
};

TEST_F(MapDecoder, WritesTheTextOfTheTable) {
  const auto decoder = map({{"1", "read"}, {"2", "write"}});
  EXPECT_EQ("read", number(1, decoder));
  EXPECT_EQ("write", number(2, decoder));
}

TEST_F(MapDecoder, MarksWhatItDoesNotKnow) {
  EXPECT_EQ("unknown:3", number(3, map({{"1", "read"}})));
  EXPECT_EQ(0u, state_.errors);
}

TEST_F(MapDecoder, CanKeepOrReplaceWhatItDoesNotKnow) {
  EXPECT_EQ("3", number(3, map({{"1", "read"}}, {{"keep_unknown", scalar("true")}})));
  EXPECT_EQ("unknown:3", number(3, map({{"1", "read"}}, {{"keep_unknown", scalar("false")}})));
  EXPECT_EQ("other", number(3, map({{"1", "read"}}, {{"default", scalar("other")}})));
  EXPECT_EQ("", number(3, map({{"1", "read"}}, {{"default", scalar("", true)}})));
  EXPECT_EQ("read", number(1, map({{"1", "read"}}, {{"default", scalar("other")}})));
}

TEST_F(MapDecoder, ATableMayHoldTheWordsOfItsArguments) {
  const TypePtr word = array(character(), 16);
  const auto decoder = map({{"default", "d"}, {"table", "t"}, {"keep_unknown", "k"}});
  EXPECT_EQ("d", text(word, {decoder}, text_bytes("default", 16)));
  EXPECT_EQ("t", text(word, {decoder}, text_bytes("table", 16)));
}

TEST_F(MapDecoder, KeysAreTheTextsOfTheType) {
  EXPECT_EQ("yes", text(boolean(), {map({{"true", "yes"}, {"false", "no"}})}, bytes({1})));
  const TypePtr protocol = enumeration({{"TCP", 6}});
  const auto decoder = map({{"TCP", "stream"}, {"7", "seven"}});
  EXPECT_EQ("stream", text(protocol, {decoder}, bytes_of(std::uint32_t{6})));
  EXPECT_EQ("seven", text(protocol, {decoder}, bytes_of(std::uint32_t{7})));
  EXPECT_EQ("minus", text(s32(), {map({{"-1", "minus"}})}, bytes_of(std::int32_t{-1})));
  EXPECT_EQ("pair", text(array(s8(), 2), {map({{"1,2", "pair"}})}, bytes({1, 2})));
}

TEST_F(MapDecoder, KeysAreTheTextsOfTheDecoderBefore) {
  EXPECT_EQ("killed",
            text(u32(), {use("signal"), map({{"SIGKILL", "killed"}})}, bytes_of(std::uint32_t{9})));
  EXPECT_EQ("SIGKILL", text(u32(), {map({{"1", "9"}}), use("signal")}, bytes_of(std::uint32_t{1})));
  EXPECT_EQ("b", text(u32(), {map({{"1", "a"}}), map({{"a", "b"}})}, bytes_of(std::uint32_t{1})));
}

TEST_F(MapDecoder, KeysOfIntegersMayBeSpeltInBothWays) {
  EXPECT_EQ("ip", number(0x800, map({{"0x0800", "ip"}})));
  const Chain chain = {use("hex"), map({{"2048", "ip"}, {"0x86DD", "ipv6"}})};
  EXPECT_EQ("ip", text(u16(), chain, bytes_of(std::uint16_t{0x800})));
  EXPECT_EQ("ipv6", text(u16(), chain, bytes_of(std::uint16_t{0x86dd})));
}

TEST_F(MapDecoder, EscapesTextsOfTheTableAndTextsItKeeps) {
  EXPECT_EQ(R"(a\"b)", number(1, map({{"1", "a\"b"}})));
  EXPECT_EQ(R"(\")", number(2, map({{"1", "x"}}, {{"default", scalar("\"")}})));
  const TypePtr word = array(character(), 8);
  EXPECT_EQ(R"(unknown:\"\"\"\"\"\"\"\")",
            text(word, {map({{"1", "x"}})}, text_bytes("\"\"\"\"\"\"\"\"", 8)));
  EXPECT_EQ("\xC3\xA9", number(1, map({{"1", "\xC3\xA9"}})));
}

TEST_F(MapDecoder, NeedsATable) {
  EXPECT_THAT(error(u32(), {use("map")}), HasSubstr("'map' needs a table"));
  EXPECT_THAT(error(u32(), {use("map", scalar("x"))}), HasSubstr("'map' needs a table"));
  EXPECT_THAT(error(u32(), {use("map", texts({{"1", "read"}}))}), HasSubstr("'map' needs a table"));
  EXPECT_THAT(error(u32(), {use("map", mapping({{"table", mapping({})}}))}),
              HasSubstr("'map' needs a table"));
  EXPECT_THAT(error(u32(), {use("map", mapping({{"table", scalar("x")}}))}),
              HasSubstr("'map' needs a table"));
}

TEST_F(MapDecoder, RefusesWrongArguments) {
  EXPECT_EQ("unknown argument 'defalt' of 'map' (did you mean 'default'?)",
            error(u32(), {map({{"1", "a"}}, {{"defalt", scalar("b")}})}));
  EXPECT_EQ("'keep_unknown' is either true or false",
            error(u32(), {map({{"1", "a"}}, {{"keep_unknown", scalar("yes")}})}));
  EXPECT_EQ("'default' is a text", error(u32(), {map({{"1", "a"}}, {{"default", mapping({})}})}));
  EXPECT_EQ("either 'default' or 'keep_unknown: true', not both",
            error(u32(), {map({{"1", "a"}},
                              {{"default", scalar("b")}, {"keep_unknown", scalar("true")}})}));
}

TEST_F(MapDecoder, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ("'1' is in the table already", error(u32(), {map({{"1", "a"}, {"1", "b"}})}));
  EXPECT_EQ("'16' is in the table already", error(u32(), {map({{"16", "a"}, {"0x10", "b"}})}));
  EXPECT_EQ("'0x10' is in the table already",
            error(u32(), {use("hex"), map({{"16", "a"}, {"0x10", "b"}})}));
}

TEST_F(MapDecoder, RefusesAKeyThatCanNeverBeFound) {
  const config::Diagnostic found = failure(field_of(u32()), {map({{"read", "1"}})});
  EXPECT_EQ("'read' is never found: 'map' gets integers here", found.message);
  EXPECT_EQ((config::Position{7, 7}), found.at);
}

TEST_F(MapDecoder, RefusesTextsThatAreNone) {
  EXPECT_EQ("the text for '1' is missing",
            error(u32(), {use("map", mapping({{"table", mapping({{"1", config::Tree{}}})}}))}));
}

}  // namespace
}  // namespace bpfmap::decode::test
