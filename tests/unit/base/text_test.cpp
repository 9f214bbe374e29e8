// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/terminal_text.h"

namespace bpfmap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Text, SplitsAtSeparatorsOfWhichThereMayBeSeveral) {
  EXPECT_THAT(split("a,b", ','), ElementsAre("a", "b"));
  EXPECT_THAT(split(",,a,,b c,", ','), ElementsAre("a", "b c"));
  EXPECT_THAT(split("", ','), IsEmpty());
  EXPECT_THAT(split(",", ','), IsEmpty());
}

TEST(Text, TakesLinesWordsAndPartsOff) {
  std::string_view text = "a: b\tc \n\nlast";
  std::string_view line = next_line(text);
  EXPECT_EQ(next_part(line, ':'), "a");
  EXPECT_EQ(next_word(line), "b");
  EXPECT_EQ(next_word(line), "c");
  EXPECT_EQ(next_word(line), "");
  EXPECT_EQ(next_line(text), "");
  line = next_line(text);
  EXPECT_EQ(next_part(line, ':'), "last") << "what has no separator is all of it";
  EXPECT_TRUE(line.empty());
  EXPECT_TRUE(text.empty());
}

TEST(Text, NumbersAreWholeWordsInRange) {
  EXPECT_EQ(parse_u32("4294967295"), 4294967295U);
  EXPECT_EQ(parse_u32("4294967296"), std::nullopt);
  EXPECT_EQ(parse_u64("ffffffffffffffff", 16), ~std::uint64_t{0});
  for (const char* word : {"", "-1", "+1", " 1", "1 ", "1x", "0x1", "1.0"}) {
    EXPECT_EQ(parse_u64(word), std::nullopt) << word;
  }
}

TEST(Text, WritesBytesAsHex) {
  constexpr std::array bytes{std::byte{0}, std::byte{0x0F}, std::byte{0xA0}, std::byte{0xFF}};
  EXPECT_EQ(hex(bytes), "000fa0ff");
  EXPECT_EQ(hex({}), "");
}

TEST(Text, CountsThings) {
  EXPECT_EQ(counted(0, "map"), "0 maps");
  EXPECT_EQ(counted(1, "map"), "1 map");
  EXPECT_EQ(counted(2, "map"), "2 maps");
}

TEST(Text, BreaksLinesAtAHundredColumns) {
  const std::string text = wrapped(std::string(90, 'a') + " " + std::string(20, 'b'), 5, "   ");
  EXPECT_EQ(text, std::string(90, 'a') + "\n   " + std::string(20, 'b'));
  EXPECT_EQ(wrapped("a b", 0, "  "), "a b");
}

TEST(Text, KeepsControlCharactersAway) {
  EXPECT_EQ(without_controls("a\x1b[2J\tb\n\x7f"), "a?[2J?b\n?");
  EXPECT_EQ(without_controls("\xc3\xa4"), "\xc3\xa4");
}

TEST(TerminalText, QuotesAnyBytes) {
  EXPECT_EQ(in_quotes("a b"), "'a b'");
  EXPECT_EQ(in_quotes("\x1b[2J\n\xff"), "'\\x1b[2J\\n\\xff'");
  EXPECT_EQ(in_quotes("\xe2\x80\xae"), "'\\u202e'") << "turns the direction of writing";
  EXPECT_EQ(in_quotes(std::string(61, 'a')), "'" + std::string(60, 'a') + "...'");
}

}  // namespace
}  // namespace bpfmap
