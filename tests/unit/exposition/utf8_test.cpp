// SPDX-License-Identifier: Apache-2.0
#include "exposition/utf8.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace bpfmap::exposition {
namespace {

using namespace std::string_literals;

std::string bad(std::size_t count = 1) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += kReplacementCharacter;
  return text;
}

// A UTF-8 encoder, written the other way round than the decoder under test.
std::string encoded(char32_t code) {
  const auto byte = [](char32_t bits) { return static_cast<char>(bits); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F))};
  if (code < 0x10000) {
    return {byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))};
  }
  return {byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F)),
          byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))};
}

bool is_surrogate(char32_t code) { return code >= 0xD800 && code <= 0xDFFF; }

TEST(Utf8, AcceptsEveryCharacter) {
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    if (is_surrogate(code)) continue;
    const std::string text = encoded(code);
    ASSERT_TRUE(is_valid_utf8(text)) << static_cast<std::uint32_t>(code);
    const Utf8Sequence sequence = first_utf8_sequence(text + "x");
    ASSERT_EQ(sequence.bytes, text.size());
    ASSERT_TRUE(sequence.valid);
  }
}

TEST(Utf8, RejectsEverySurrogate) {
  for (char32_t code = 0xD800; code <= 0xDFFF; ++code) {
    ASSERT_FALSE(is_valid_utf8(encoded(code)));
    ASSERT_EQ(to_valid_utf8(encoded(code)), bad(3));
  }
}

TEST(Utf8, RejectsWhatLiesAboveUnicode) {
  for (char32_t code = 0x110000; code <= 0x1FFFFF; code += 61) {
    ASSERT_FALSE(is_valid_utf8(encoded(code)));
    ASSERT_EQ(to_valid_utf8(encoded(code)), bad(4));
  }
}

TEST(Utf8, RejectsOverlongForms) {
  EXPECT_EQ(to_valid_utf8("\xC0\x80"), bad(2));      // NUL in two bytes
  EXPECT_EQ(to_valid_utf8("\xC0\xAF"), bad(2));      // slash
  EXPECT_EQ(to_valid_utf8("\xC1\xBF"), bad(2));      // DEL
  EXPECT_EQ(to_valid_utf8("\xE0\x80\xAF"), bad(3));  // slash in three
  EXPECT_EQ(to_valid_utf8("\xE0\x9F\xBF"), bad(3));  // U+07FF in three
  EXPECT_EQ(to_valid_utf8("\xF0\x80\x80\xAF"), bad(4));
  EXPECT_EQ(to_valid_utf8("\xF0\x8F\xBF\xBF"), bad(4));  // U+FFFF in four
}

TEST(Utf8, RejectsBytesThatNeverOccur) {
  for (int byte = 0xF5; byte <= 0xFF; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    EXPECT_EQ(to_valid_utf8(text + "\x80\x80\x80"), bad(4)) << byte;
  }
}

TEST(Utf8, RejectsEveryLoneContinuation) {
  for (int byte = 0x80; byte <= 0xBF; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    EXPECT_EQ(to_valid_utf8("a" + text + "b"), std::string("a").append(bad()) + "b") << byte;
  }
}

// The examples of the Unicode standard, section 3.9, tables 3-8 to 3-11.
TEST(Utf8, ReplacesMaximalSubpartsLikeTheStandard) {
  EXPECT_EQ(to_valid_utf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), bad(8) + "A");
  EXPECT_EQ(to_valid_utf8("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), bad(8) + "A");
  EXPECT_EQ(to_valid_utf8("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"), bad(5) + "A" + bad(2) + "B");
  EXPECT_EQ(to_valid_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), bad(4) + "A");
}

TEST(Utf8, ReplacesCutSequencesOnce) {
  const std::string four = "\xF0\x9F\x98\x80";
  for (std::size_t kept = 1; kept < 4; ++kept) {
    EXPECT_EQ(to_valid_utf8("comm" + four.substr(0, kept)), std::string("comm").append(bad()))
        << kept;
    EXPECT_EQ(to_valid_utf8(four.substr(0, kept) + four), bad() + four) << kept;
  }
}

TEST(Utf8, KeepsNulControlsAndNoncharacters) {
  const std::string text = "a\0b\x01\x1B\x7F\r\t\n"s + encoded(0xFFFF) + encoded(0x10FFFF);
  EXPECT_TRUE(is_valid_utf8(text));
  EXPECT_EQ(to_valid_utf8(text), text);
}

TEST(Utf8, FindsBadBytesAtEveryPlaceOfTheFastPath) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '\xFF';
      ASSERT_FALSE(is_valid_utf8(text)) << size << " " << at;
      ASSERT_EQ(to_valid_utf8(text),
                std::string(at, 'x') + bad() + std::string(size - at - 1, 'x'));
    }
  }
}

TEST(Utf8, WritesAtMostThreeTimesTheInputAndTellsLosses) {
  const std::string bad(1000, '\xFF');
  std::string out(bad.size() * kMaxUtf8Expansion, '\0');
  bool lossy = false;
  EXPECT_EQ(write_utf8(out.data(), bad, &lossy), out.data() + out.size());
  EXPECT_TRUE(lossy);
  write_utf8(out.data(), "fine", &lossy);
  EXPECT_TRUE(lossy) << "a loss is forgotten";
  lossy = false;
  write_utf8(out.data(), "f\xC3\xBCr", &lossy);
  EXPECT_FALSE(lossy);
}

TEST(Utf8, ReadsNothingBehindTheText) {
  for (std::size_t size = 0; size <= 24; ++size) {
    // Of exactly this size, so that a sanitizer sees a byte too many.
    const auto exact = std::make_unique<char[]>(size);
    std::memset(exact.get(), 'x', size);
    if (size > 0) exact[size - 1] = '\xF0';
    const std::string_view text(exact.get(), size);
    EXPECT_EQ(is_valid_utf8(text), size == 0);
    EXPECT_EQ(to_valid_utf8(text).size(), size == 0 ? 0 : size + 2);
  }
}

// Whatever comes in, what goes out is valid and idempotent; every string of
// three "interesting" bytes.
TEST(Utf8, MakesEveryShortStringValid) {
  const std::string bytes =
      "\x00\x41\x7F\x80\x8F\x90\x9F\xA0\xBF\xC0\xC1\xC2\xDF\xE0\xE1\xED\xEF\xF0\xF1\xF4\xF5\xFF"s;
  for (const char a : bytes) {
    for (const char b : bytes) {
      for (const char c : bytes) {
        for (const char d : bytes) {
          const std::string valid = to_valid_utf8(std::string{a, b, c, d});
          ASSERT_TRUE(is_valid_utf8(valid));
          ASSERT_EQ(to_valid_utf8(valid), valid);
        }
      }
    }
  }
}

}  // namespace
}  // namespace bpfmap::exposition
