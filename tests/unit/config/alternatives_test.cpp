// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_cases.h"
#include "parse_text.h"

// `one_of` below `programs`.
namespace bpfmap::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

ParsedText parse_one_of(const std::string& one_of, const std::string& more = {}) {
  return parse_text(file("programs: { one_of: " + one_of + more + " }"));
}

// "a+b|c" for each group.
std::vector<std::string> groups_of(const std::string& one_of) {
  const ParsedText parsed = parse_one_of(one_of);
  EXPECT_THAT(parsed.messages, IsEmpty()) << one_of;
  std::vector<std::string> groups;
  for (const AlternativesConfig& group : parsed.config.alternatives) {
    std::string text;
    for (const ProgramSet& set : group.sets) {
      if (!text.empty()) text += "|";
      for (std::size_t i = 0; i < set.programs.size(); ++i) {
        text += (i == 0 ? "" : "+") + set.programs[i].value;
      }
    }
    groups.push_back(text);
  }
  return groups;
}

TEST(OneOf, IsAListOfSets) {
  EXPECT_THAT(groups_of("[[a, b], [c]]"), ElementsAre("a+b|c"));
  EXPECT_THAT(groups_of("[a, b]"), ElementsAre("a|b"));
  EXPECT_THAT(groups_of("[a, [b, c], d]"), ElementsAre("a|b+c|d"));
  EXPECT_THAT(groups_of("[[a, x], [b, x]]"), ElementsAre("a+x|b+x"));
}

TEST(OneOf, MayBeAListOfGroups) {
  EXPECT_THAT(groups_of("[[[a], [b]], [[c, d], [e]]]"), ElementsAre("a|b", "c+d|e"));
  EXPECT_THAT(groups_of("[[[a, b], c], [d, e]]"), ElementsAre("a+b|c", "d|e"));
}

TEST(OneOf, IsTheNameOfAProgramWhereItIsNoList) {
  const ParsedText parsed = parse_text(file("programs: { one_of: { required: false } }"));
  EXPECT_THAT(parsed.messages, IsEmpty());
  EXPECT_THAT(parsed.config.alternatives, IsEmpty());
  ASSERT_EQ(parsed.config.programs.size(), 1U);
  EXPECT_EQ(parsed.config.programs[0].name.value, "one_of");
}

TEST(OneOf, StandsBesideWhatIsSaidOfItsPrograms) {
  const ParsedText parsed = parse_one_of("[a, b]", ", a: { required: false }");
  EXPECT_THAT(parsed.messages, IsEmpty());
  EXPECT_EQ(parsed.config.programs.size(), 1U);
  EXPECT_EQ(parsed.config.alternatives.size(), 1U);
}

TEST(OneOf, SaysWhatIsWrong) {
  EXPECT_THAT(parse_one_of("[[a, b]]").messages,
              ElementsAre("3:21 one_of: needs two sets of programs or more, of which the first "
                          "that works is used"));
  EXPECT_THAT(parse_one_of("[]").messages, ElementsAre(HasSubstr("needs two sets")));
  EXPECT_THAT(parse_one_of("[[a], []]").messages, ElementsAre(HasSubstr("must not be empty")));
  EXPECT_THAT(parse_one_of("[[a], { b: }]").messages,
              ElementsAre(HasSubstr("expected the name of a program or a list of names")));
  EXPECT_THAT(parse_one_of("[[a], ]").messages, ElementsAre(HasSubstr("needs two sets")));
  EXPECT_THAT(parse_one_of("[[a, a], [b]]").messages,
              ElementsAre("3:26 program 'a' stands twice in the set"));
  EXPECT_THAT(parse_one_of("[[[a], [b]], [[a], [c]]]").messages,
              ElementsAre("3:36 program 'a' is in two groups of 'one_of', first at line 3"));
  EXPECT_THAT(parse_one_of("[[[a], [b]], [[c]]]").messages,
              ElementsAre(HasSubstr("a group of one_of: needs two sets")));
  EXPECT_THAT(parse_one_of("[[a], [b]]", ", b: { load: false }").messages,
              ElementsAre("3:28 program 'b' is left out by 'load: false' at line 3 and cannot be "
                          "in 'one_of'"));
  EXPECT_THAT(parse_one_of("a").messages, ElementsAre(HasSubstr("expected a mapping")));
}

}  // namespace
}  // namespace bpfmap::config
