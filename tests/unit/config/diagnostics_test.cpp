// SPDX-License-Identifier: Apache-2.0
#include "config/diagnostics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parse_text.h"

namespace bpfmap::config {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Diagnostics diagnostics_of(std::string text, std::string path = "packets.yaml") {
  return Diagnostics(source_of(std::move(text), std::move(path)));
}

TEST(Diagnostics, ShowsTheLineAndAPointer) {
  Diagnostics diagnostics = diagnostics_of("object: x\nmaps:\n  interface: { field: ifidnex }\n");
  diagnostics.error({3, 23}, "unknown field 'ifidnex' (did you mean 'ifindex'?)");
  EXPECT_EQ(diagnostics.render(),
            "packets.yaml:3:23: error: unknown field 'ifidnex' (did you mean 'ifindex'?)\n"
            "       3 |   interface: { field: ifidnex }\n"
            "         |                       ^\n");
}

TEST(Diagnostics, SpeaksOfTheFileAsAWholeWithoutALine) {
  Diagnostics diagnostics = diagnostics_of("object: x\n");
  diagnostics.error({}, "the file needs 'maps'");
  EXPECT_EQ(diagnostics.render(), "packets.yaml: error: the file needs 'maps'\n");
}

TEST(Diagnostics, AreInTheOrderOfTheFile) {
  Diagnostics diagnostics = diagnostics_of("a\nb\n");
  diagnostics.error({2, 1}, "third");
  diagnostics.warning({1, 1}, "second");
  diagnostics.notice({}, "first");
  diagnostics.error({2, 1}, "fourth");
  EXPECT_EQ(diagnostics.render(),
            "packets.yaml: notice: first\n"
            "packets.yaml:1:1: warning: second\n"
            "       1 | a\n"
            "         | ^\n"
            "packets.yaml:2:1: error: third\n"
            "       2 | b\n"
            "         | ^\n"
            "packets.yaml:2:1: error: fourth\n"
            "       2 | b\n"
            "         | ^\n");
}

TEST(Diagnostics, AreRenderedFromASeverityOn) {
  Diagnostics diagnostics = diagnostics_of("");
  diagnostics.notice({}, "n");
  diagnostics.warning({}, "w");
  diagnostics.error({}, "e");
  EXPECT_EQ(diagnostics.render(Severity::kWarning),
            "packets.yaml: warning: w\npackets.yaml: error: e\n");
  EXPECT_EQ(diagnostics.render(Severity::kError), "packets.yaml: error: e\n");
}

TEST(Diagnostics, OnlyErrorsAreErrors) {
  Diagnostics diagnostics = diagnostics_of("");
  diagnostics.notice({1, 1}, "n");
  diagnostics.warning({1, 1}, "w");
  EXPECT_FALSE(diagnostics.has_errors());
  EXPECT_FALSE(diagnostics.has_error_at({1, 1}));
  diagnostics.error({1, 1}, "e");
  EXPECT_TRUE(diagnostics.has_errors());
  EXPECT_TRUE(diagnostics.has_error_at({1, 1}));
  EXPECT_FALSE(diagnostics.has_error_at({1, 2}));
  EXPECT_FALSE(diagnostics.has_error_at({2, 1}));
  EXPECT_FALSE(diagnostics.has_error_at({}));
}

TEST(Diagnostics, SayTheSameOnlyOnce) {
  Diagnostics diagnostics = diagnostics_of("a\n");
  diagnostics.error({1, 1}, "e");
  diagnostics.error({1, 1}, "e");
  diagnostics.error({1, 1}, "other");
  diagnostics.warning({1, 1}, "e");
  diagnostics.error({1, 2}, "e");
  EXPECT_EQ(diagnostics.all().size(), 4U);
}

TEST(Diagnostics, PointBehindTabs) {
  Diagnostics diagnostics = diagnostics_of("ab\tcd\te\n");
  diagnostics.error({1, 4}, "c");
  diagnostics.error({1, 7}, "e");
  EXPECT_EQ(diagnostics.render(),
            "packets.yaml:1:4: error: c\n"
            "       1 | ab  cd  e\n"
            "         |     ^\n"
            "packets.yaml:1:7: error: e\n"
            "       1 | ab  cd  e\n"
            "         |         ^\n");
}

TEST(Diagnostics, PointBehindCharactersOfSeveralBytes) {
  Diagnostics diagnostics = diagnostics_of("h\xC3\xA4\xE2\x82\xAC: x\n");
  diagnostics.error({1, 9}, "x");
  EXPECT_THAT(diagnostics.render(), EndsWith("       1 | h\xC3\xA4\xE2\x82\xAC: x\n"
                                             "         |      ^\n"));
}

TEST(Diagnostics, PointBehindTheEndOfALine) {
  Diagnostics diagnostics = diagnostics_of("ab");
  diagnostics.error({1, 3}, "more expected");
  diagnostics.error({1, 99}, "far outside");
  EXPECT_THAT(diagnostics.render(), HasSubstr("       1 | ab\n         |   ^\n"));
  EXPECT_THAT(diagnostics.render(), EndsWith("       1 | ab\n         |   ^\n"));
}

TEST(Diagnostics, OfALineThatDoesNotExistShowNone) {
  Diagnostics diagnostics = diagnostics_of("ab");
  diagnostics.error({7, 3}, "?");
  EXPECT_EQ(diagnostics.render(), "packets.yaml:7:3: error: ?\n");
}

TEST(Diagnostics, LeaveOutCarriageReturnsAndTheByteOrderMark) {
  Diagnostics diagnostics = diagnostics_of(
      "\xEF\xBB\xBF"
      "ab\r\ncd\r\n");
  diagnostics.error({1, 2}, "b");
  diagnostics.error({2, 1}, "c");
  EXPECT_EQ(diagnostics.render(),
            "packets.yaml:1:2: error: b\n"
            "       1 | ab\n"
            "         |  ^\n"
            "packets.yaml:2:1: error: c\n"
            "       2 | cd\n"
            "         | ^\n");
}

// What a terminal would obey, and what would turn around the text beside it.
TEST(Diagnostics, ShowNothingThatATerminalActsUpon) {
  Diagnostics diagnostics = diagnostics_of("a\x1B[31m\x7F\xC2\x9B\xE2\x80\xAE\xFFz\n", "p\x1B[0m");
  diagnostics.error({1, 1}, "m\x1B[2J\rn");
  EXPECT_EQ(diagnostics.render(),
            "p\xEF\xBF\xBD[0m:1:1: error: m\xEF\xBF\xBD[2J\xEF\xBF\xBDn\n"
            "       1 | a\xEF\xBF\xBD[31m\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\n"
            "         | ^\n");
}

TEST(Diagnostics, CutLongLinesAroundThePlace) {
  const std::string before(300, 'b');
  Diagnostics diagnostics = diagnostics_of(before + "X" + std::string(300, 'a'));
  diagnostics.error({1, 301}, "X");
  EXPECT_EQ(diagnostics.render(),
            "packets.yaml:1:301: error: X\n"
            "       1 | ..." +
                std::string(60, 'b') + "X" + std::string(39, 'a') +
                "...\n"
                "         | " +
                std::string(63, ' ') + "^\n");
}

TEST(Diagnostics, CutLongLinesAtOneEndOnly) {
  Diagnostics diagnostics = diagnostics_of("X" + std::string(300, 'a') + "Y");
  diagnostics.error({1, 1}, "X");
  diagnostics.error({1, 302}, "Y");
  const std::string text = diagnostics.render();
  EXPECT_THAT(text, HasSubstr("       1 | X" + std::string(99, 'a') + "...\n         | ^\n"));
  EXPECT_THAT(text, EndsWith("       1 | ..." + std::string(60, 'a') + "Y\n         | " +
                             std::string(63, ' ') + "^\n"));
}

TEST(Diagnostics, CutBetweenCharacters) {
  std::string line;
  for (int i = 0; i < 400; ++i) line += "\xE2\x82\xAC";
  Diagnostics diagnostics = diagnostics_of(line);
  for (int column = 1; column < 1200; ++column) diagnostics.error({1, column}, "e");
  EXPECT_THAT(diagnostics.render(), Not(HasSubstr("\xEF\xBF\xBD")));
}

// 5000 mistakes on one line of a megabyte: taking the line apart for each would take minutes.
TEST(Diagnostics, OfOneLongLineAreCheap) {
  Diagnostics diagnostics = diagnostics_of(std::string(1 << 20, 'x'));
  for (int i = 0; i < 5000; ++i) diagnostics.error({1, 200 * i + 1}, "e");
  const std::string text = diagnostics.render();
  EXPECT_EQ(std::count(text.begin(), text.end(), '^'), 5000);
}

}  // namespace
}  // namespace bpfmap::config
