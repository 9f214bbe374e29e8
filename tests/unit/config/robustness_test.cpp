// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "every_key.h"
#include "parse_text.h"
#include "support/sanitizers.h"

// Whatever a file holds: no crash, no exception, no hang, and not a word that is missing. A hang is
// what CTest's time limit is for.
namespace bpfmap::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// True when the file was found right. A file that is not says why, with places that exist.
bool survives(const std::string& text) {
  const auto source = source_of(text);
  Diagnostics diagnostics(source);
  const Config config = parse_config(source, environment_of({}), diagnostics);
  EXPECT_EQ(config.sha256.size(), 64U);
  const int lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    EXPECT_FALSE(diagnostic.message.empty());
    EXPECT_LE(diagnostic.at.line, lines) << text;
    EXPECT_EQ(diagnostic.at.line > 0, diagnostic.at.column > 0) << text;
  }
  EXPECT_EQ(diagnostics.render().empty(), diagnostics.all().empty());
  return !diagnostics.has_errors();
}

// Every place of the text where a sanitizer watches; a few of them otherwise, where a crash is all
// that would be seen.
constexpr std::size_t kPlacesApart = test::is_instrumented() ? 1 : 7;

TEST(Robustness, EveryPrefix) {
  const std::string text = kEveryKey;
  std::size_t good = 0;
  std::size_t tried = 0;
  for (std::size_t length = 0; length <= text.size(); length += kPlacesApart, ++tried) {
    if (survives(text.substr(0, length))) ++good;
  }
  EXPECT_TRUE(survives(text));
  EXPECT_GT(good, 0);
  EXPECT_LT(good, tried / 2);
}

// One by one, each byte is removed, or replaced by what means something to YAML; which of
// those depends on the place, so that every run does the same and all of it takes seconds.
TEST(Robustness, EveryByteMutated) {
  const std::string original = kEveryKey;
  const std::string replacements("\0\x04\t\n\r :-?&*!|>'\"%@`#,[]{}$<~=0a\x7F\x80\xC3\xFF", 35);
  int broken = 0;
  for (std::size_t at = 0; at < original.size(); at += kPlacesApart) {
    std::string removed = original;
    removed.erase(at, 1);
    if (!survives(removed)) ++broken;
    for (std::size_t i = 0; i < 2; ++i) {
      std::string replaced = original;
      replaced[at] = replacements[(at + 11 * i) % replacements.size()];
      if (!survives(replaced)) ++broken;
    }
  }
  EXPECT_GT(broken, 100);
}

// Pieces that mean something, in an order that does not.
TEST(Robustness, RandomPieces) {
  const std::vector<std::string> pieces = {"{",
                                           "}",
                                           "[",
                                           "]",
                                           ":",
                                           ": ",
                                           "- ",
                                           "? ",
                                           "&a ",
                                           "*a ",
                                           "<<: ",
                                           "!",
                                           "!!str ",
                                           "!<",
                                           "|",
                                           "|2-",
                                           "|+\n",
                                           ">",
                                           "\n",
                                           "\n  ",
                                           "\n    ",
                                           "---\n",
                                           "\n...\n",
                                           "%YAML 1.2\n",
                                           "%TAG ! x\n",
                                           "${A}",
                                           "${A:-b}",
                                           "$",
                                           "\"",
                                           "'",
                                           "\\",
                                           "\\x4",
                                           "\\U0011ffff",
                                           "a",
                                           "~",
                                           "#",
                                           "\t",
                                           "\r\n",
                                           ", ",
                                           "@",
                                           "\xC3\xA9",
                                           "\xEF\xBB\xBF",
                                           "map: x",
                                           "metrics:",
                                           "labels:",
                                           "buckets: [1, 2]",
                                           "histogram: x",
                                           "counter: y",
                                           "object: x\n",
                                           "maps:\n  - map: a\n    metrics:\n      - counter: x"};
  std::mt19937 random(1);  // NOLINT: the same in every run
  for (int run = 0; run < 5000; ++run) {
    std::string text;
    for (auto length = 1 + random() % 25; length > 0; --length)
      text += pieces[random() % pieces.size()];
    survives(text);
  }
}

TEST(Robustness, LaughsDoNotMultiply) {
  std::string text = "a: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    text += "b" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 0; j < 8; ++j) text += ", " + last;
    text += "]\n";
  }
  const ParsedText parsed = parse_text(text);
  EXPECT_THAT(parsed.messages,
              ElementsAre("5:5 the anchors and aliases of this file repeat too much"));
}

TEST(Robustness, LongTextsDoNotMultiply) {
  std::string text = "a: &a " + std::string(1 << 20, 'x') + "\nb: [";
  for (int i = 0; i < 1000; ++i) text += "*a,";
  EXPECT_THAT(parse_text(text + "]\n").messages,
              ElementsAre("2:50 the anchors and aliases of this file repeat too much"));
}

// Each anchor holds all the later ones; copying every one of them would be quadratic.
TEST(Robustness, NestedAnchorsDoNotMultiply) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "&a" + std::to_string(i) + " [";
  for (int i = 0; i < 100000; ++i) text += "x,";
  EXPECT_THAT(parse_text(text + std::string(60, ']')).messages,
              ElementsAre("1:345 the anchors and aliases of this file repeat too much"));
}

TEST(Robustness, ManyKeysAreNotQuadratic) {
  std::string text = "builtin: x\nmaps: [{map: m, metrics: [{counter: c}]}]\nglobals: {\n";
  for (int i = 0; i < 100000; ++i) text += "k" + std::to_string(i) + ": 1,\n";
  const ParsedText parsed = parse_text(text + "}\n");
  EXPECT_THAT(parsed.messages, IsEmpty());
  EXPECT_EQ(parsed.config.globals.size(), 100000U);
}

TEST(Robustness, ManyMistakesAreNotQuadratic) {
  std::string text = "builtin: x\nmaps: [";
  for (int i = 0; i < 5000; ++i) text += "~,";
  const auto source = source_of(text + "]\n");
  Diagnostics diagnostics(source);
  parse_config(source, environment_of({}), diagnostics);
  EXPECT_EQ(diagnostics.all().size(), 5000U);
  EXPECT_GT(diagnostics.render().size(), 5000U * 50);
}

TEST(Robustness, MessagesCannotBeForgedByNames) {
  const auto source = source_of("\"x\\n/etc/y.yaml:1:1: error: \\e[31m\": 1\n");
  Diagnostics diagnostics(source);
  parse_config(source, environment_of({}), diagnostics);
  EXPECT_THAT(messages_of(diagnostics),
              testing::Contains(testing::StartsWith(
                  "1:1 unknown key 'x\\n/etc/y.yaml:1:1: error: \\x1b[31m' in the file")));
  EXPECT_EQ(diagnostics.render().find('\x1B'), std::string::npos);
}

}  // namespace
}  // namespace bpfmap::config
