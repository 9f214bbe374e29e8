// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/expand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parse_text.h"

namespace bpfmap::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

const Variables test_variables = {
    {"A", "alpha"}, {"EMPTY", ""}, {"NESTED", "${A}"}, {"_x9", "nine"}, {"LATIN", "\xE9"}};

struct Expanded {
  std::string text;
  std::vector<std::string> messages;
};

Expanded expand(const std::string& text, const Variables& variables = test_variables) {
  Diagnostics diagnostics(source_of(""));
  Expanded expanded;
  expanded.text = expand_environment(text, {3, 4}, environment_of(variables), diagnostics);
  expanded.messages = messages_of(diagnostics);
  return expanded;
}

struct ExpandCase {
  std::string text;
  std::string expected;
};

TEST(Expansion, Gives) {
  const std::vector<ExpandCase> cases = {{"", ""},
                                         {"plain", "plain"},
                                         {"${A}", "alpha"},
                                         {"<${A}${A}>", "<alphaalpha>"},
                                         {"${EMPTY}", ""},
                                         {"${_x9}", "nine"},
                                         {"${A:-b}", "alpha"},
                                         {"${NOPE:-b}", "b"},
                                         {"${EMPTY:-b}", "b"},
                                         {"${NOPE:-}", ""},
                                         {"${NOPE:-a:-b $$ c}", "a:-b $$ c"},
                                         {"$$", "$"},
                                         {"$${A}", "${A}"},
                                         {"$$${A}", "$alpha"},
                                         {"$", "$"},
                                         {"^a$", "^a$"},
                                         {"$A", "$A"},
                                         {"$(A)", "$(A)"},
                                         {"a}b", "a}b"},
                                         {"${NESTED}", "${A}"}};
  for (const ExpandCase& one : cases) {
    const Expanded expanded = expand(one.text);
    EXPECT_EQ(expanded.text, one.expected);
    EXPECT_THAT(expanded.messages, IsEmpty());
  }
}

std::string malformed(const std::string& text) {
  return "malformed '" + text + "': expected ${NAME} or ${NAME:-default} (write $$ for a dollar)";
}

TEST(Expansion, ReportsWhatIsWrongAndLeavesIt) {
  const std::vector<ExpandCase> cases = {
      {"${NOPE}",
       "environment variable 'NOPE' is not set (write ${NOPE:-default} to give a default)"},
      {"${LATIN}", "environment variable 'LATIN' is not UTF-8 text"},
      {"x ${A", "'${' without a closing '}' (write $$ for a dollar)"},
      {"${A:-${B}}", "a default cannot hold another ${...}"},
      {"${}", malformed("${}")},
      {"${9}", malformed("${9}")},
      {"${A-b}", malformed("${A-b}")},
      {"${A:b}", malformed("${A:b}")},
      {"${A:}", malformed("${A:}")},
      {"${ A }", malformed("${ A }")}};
  for (const ExpandCase& one : cases) {
    const Expanded expanded = expand(one.text);
    EXPECT_THAT(expanded.messages, ElementsAre("3:4 " + one.expected));
    EXPECT_EQ(expanded.text, one.text);
  }
}

TEST(Expansion, GoesOnAfterAnError) {
  const Expanded expanded = expand("${NOPE} ${A} ${9}");
  EXPECT_EQ(expanded.text, "${NOPE} alpha ${9}");
  EXPECT_THAT(expanded.messages, ElementsAre(StartsWith("3:4 environment variable 'NOPE'"),
                                             StartsWith("3:4 malformed '${9}'")));
}

TEST(Expansion, IsBounded) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "${BIG}";
  const Expanded expanded = expand(text, {{"BIG", std::string(100000, 'x')}});
  EXPECT_THAT(expanded.messages,
              ElementsAre("3:4 more than 1 MiB after the expansion of environment variables"));
  EXPECT_LT(expanded.text.size(), 2U << 20U);
}

}  // namespace
}  // namespace bpfmap::config
