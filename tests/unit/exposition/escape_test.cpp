// SPDX-License-Identifier: Apache-2.0
#include "exposition/escape.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "exposition/utf8.h"

namespace bpfmap::exposition {
namespace {

using namespace std::string_literals;

constexpr std::string_view kBad = kReplacementCharacter;

struct Escaped {
  std::string text;
  bool lossy = false;
};

// Input and room of exactly the promised size, so that a sanitizer sees a byte too many.
Escaped escaped(std::string_view text) {
  const auto input = std::make_unique<char[]>(text.size());
  std::memcpy(input.get(), text.data(), text.size());
  const auto room = std::make_unique<char[]>(text.size() * kMaxLabelExpansion);
  Escaped result;
  const char* end = write_label_value(room.get(), {input.get(), text.size()}, &result.lossy);
  result.text.assign(room.get(), static_cast<std::size_t>(end - room.get()));
  return result;
}

// The rules once more, a character at a time.
std::string expected(std::string_view text) {
  std::string out;
  for (const char c : to_valid_utf8(text)) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? "\\n" : std::string(1, c);
  }
  return out;
}

std::string help_text(std::string_view help) {
  std::string out = ">";
  append_help(out, help);
  return out.substr(1);
}

TEST(LabelValue, IsEmptyForNothing) {
  EXPECT_EQ(escaped("").text, "");
  bool lossy = false;
  EXPECT_EQ(write_label_value(nullptr, std::string_view(), &lossy), nullptr);
}

TEST(LabelValue, EscapesQuoteBackslashAndNewline) {
  EXPECT_EQ(escaped("\"").text, "\\\"");
  EXPECT_EQ(escaped("\\").text, "\\\\");
  EXPECT_EQ(escaped("\n").text, "\\n");
  EXPECT_EQ(escaped("C:\\new\n\"x\"").text, "C:\\\\new\\n\\\"x\\\"");
}

TEST(LabelValue, LeavesEverythingElseAlone) {
  for (int byte = 0; byte < 0x80; ++byte) {
    const auto c = static_cast<char>(byte);
    if (c == '"' || c == '\\' || c == '\n') continue;
    for (const std::size_t size : {1U, 8U, 11U}) {
      const std::string text(size, c);
      EXPECT_EQ(escaped(text).text, text) << byte;
      EXPECT_FALSE(escaped(text).lossy) << byte;
    }
  }
  EXPECT_EQ(escaped("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80").text,
            "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80");
}

TEST(LabelValue, FindsSpecialBytesAtEveryPlaceOfTheFastPath) {
  for (const char special : {'"', '\\', '\n', '\xFF', '\xC3'}) {
    for (std::size_t size = 1; size <= 25; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, 'x');
        text[at] = special;
        ASSERT_EQ(escaped(text).text, expected(text)) << size << " " << at;
      }
    }
  }
}

TEST(LabelValue, ReplacesInvalidUtf8AndTellsIt) {
  const Escaped result = escaped("kworker\xFF\xE2\x82");
  EXPECT_EQ(result.text, std::string("kworker").append(kBad).append(kBad));
  EXPECT_TRUE(result.lossy);
}

TEST(LabelValue, LosesNothingByEscaping) {
  EXPECT_FALSE(escaped("\"\\\n").lossy);
  EXPECT_FALSE(escaped(kBad).lossy) << "a real U+FFFD is no replacement";
}

TEST(LabelValue, DoesNotForgetALossBefore) {
  char room[16];
  bool lossy = true;
  write_label_value(room, "fine", &lossy);
  EXPECT_TRUE(lossy);
}

TEST(LabelValue, ExpandsAtMostThreefold) {
  EXPECT_EQ(escaped(std::string(100, '\xFF')).text.size(), 300U);
  EXPECT_EQ(escaped(std::string(100, '"')).text.size(), 200U);
}

TEST(LabelValue, AgreesWithTheRulesOnRandomBytes) {
  std::mt19937 random(3);  // NOLINT: the same bytes in every run
  const std::string alphabet = "abcdefgh\"\\\n\xC3\xA9\xF0\x9F\x98\x80\xFF\x00"s;
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 40, '\0');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    ASSERT_EQ(escaped(text).text, expected(text));
    ASSERT_EQ(escaped(text).lossy, !is_valid_utf8(text));
  }
}

TEST(Help, EscapesBackslashAndNewlineButNoQuotes) {
  EXPECT_EQ(help_text("Two\nlines of \"C:\\x\"."), "Two\\nlines of \"C:\\\\x\".");
  EXPECT_EQ(help_text(""), "");
}

TEST(Help, IsValidUtf8) {
  EXPECT_EQ(help_text("bad \xFF here"), std::string("bad ").append(kBad).append(" here"));
}

}  // namespace
}  // namespace bpfmap::exposition
