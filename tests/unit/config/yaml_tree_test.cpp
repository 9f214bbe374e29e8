// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/read_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parse_text.h"

namespace bpfmap::config {
namespace {

using testing::IsEmpty;

std::string place(Position at) {
  return "@" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

// {key@1:1=value@1:6, ...}, with quoted scalars in quotes.
std::string spell(const Tree& tree) {
  std::string text;
  switch (tree.kind) {
    case Tree::Kind::kNull: text = "null"; break;
    case Tree::Kind::kScalar: text = tree.quoted ? "\"" + tree.scalar + "\"" : tree.scalar; break;
    case Tree::Kind::kSequence:
      for (const Tree& item : tree.items) text += (text.empty() ? "" : " ") + spell(item);
      text = "[" + text + "]";
      break;
    case Tree::Kind::kMapping:
      for (const auto& [key, value] : tree.pairs) {
        text += (text.empty() ? "" : " ") + key.value + place(key.at) + "=" + spell(value);
      }
      text = "{" + text + "}";
      break;
  }
  return text + place(tree.at);
}

std::string spell_text(const std::string& text, const Variables& variables = {}) {
  Diagnostics diagnostics(source_of(text));
  const std::optional<Tree> tree = parse_yaml(text, environment_of(variables), diagnostics);
  EXPECT_THAT(messages_of(diagnostics), IsEmpty()) << text;
  return tree ? spell(*tree) : "nothing";
}

TEST(YamlTree, HasPositions) {
  EXPECT_EQ(spell_text("a: 1\nb:\n  - x\n  - {c: d}\n"),
            "{a@1:1=1@1:4 b@2:1=[x@3:5 {c@4:6=d@4:9}@4:5]@3:3}@1:1");
}

TEST(YamlTree, KnowsWhatWasQuoted) {
  EXPECT_EQ(spell_text("[5, '5', \"5\", !!str 5, !!int '5', ! 5]"),
            "[5@1:2 \"5\"@1:5 \"5\"@1:10 \"5\"@1:15 5@1:24 \"5\"@1:35]@1:1");
  EXPECT_EQ(spell_text("a: |\n  x\n  y\n"), "{a@1:1=\"x\ny\n\"@1:4}@1:1");
}

TEST(YamlTree, KnowsNulls) {
  EXPECT_EQ(spell_text("[~, null, 'null', Null, NULL]"),
            "[null@1:2 null@1:5 \"null\"@1:11 null@1:19 null@1:25]@1:1");
}

// yaml-cpp puts them where the next token is.
TEST(YamlTree, HasLeftOutValuesAtTheirKeys) {
  EXPECT_EQ(spell_text("a:\n\n# c\nb:\n  x:\nc: 1\n"),
            "{a@1:1=null@1:1 b@4:1={x@5:3=null@5:3}@5:3 c@6:1=1@6:4}@1:1");
}

TEST(YamlTree, HasLeftOutItemsAtTheirDashes) {
  EXPECT_EQ(spell_text("a:\n  - 1\n  - # comment\n\n  # more\n  - 2\n  -\nb: 3\n"),
            "{a@1:1=[1@2:5 null@3:3 2@6:5 null@7:3]@2:3 b@8:1=3@8:4}@1:1");
  EXPECT_EQ(spell_text("- 1\n-"), "[1@1:3 null@2:1]@1:1");
  EXPECT_EQ(spell_text("-"), "[null@1:1]@1:1");
}

TEST(YamlTree, TakesLineEndsOfEitherKindAndAByteOrderMark) {
  const std::string expected = "{a@1:1=1@1:4 b@2:1=\"x\ny\n\"@2:4 c@5:1=2@5:4}@1:1";
  EXPECT_EQ(spell_text("a: 1\nb: |\n  x\n  y\nc: 2\n"), expected);
  EXPECT_EQ(spell_text("a: 1\r\nb: |\r\n  x\r\n  y\r\nc: 2\r\n"), expected);
  EXPECT_EQ(spell_text("\xEF\xBB\xBF"
                       "a: 1\nb: |\n  x\n  y\nc: 2\n"),
            expected);
}

TEST(YamlTree, TakesTabsWhereYamlDoes) {
  EXPECT_EQ(spell_text("a:\t1\t# c\nb: {\n\tc: 2\n\t}\n"),
            "{a@1:1=1@1:4 b@2:1={c@3:2=2@3:5}@2:4}@1:1");
}

TEST(YamlTree, CountsColumnsInBytes) {
  EXPECT_EQ(spell_text("{\xC3\xA4: 1, b: 2}"), "{\xC3\xA4@1:2=1@1:6 b@1:9=2@1:12}@1:1");
}

TEST(YamlTree, TakesDocumentMarkers) {
  EXPECT_EQ(spell_text("%YAML 1.2\n---\na: 1\n...\n# end\n"), "{a@3:1=1@3:4}@3:1");
}

TEST(YamlTree, RepeatsAliases) {
  EXPECT_EQ(
      spell_text("a: &x {b: 1}\nc: *x\nd: &y text\ne: *y\n"),
      "{a@1:1={b@1:8=1@1:11}@1:4 c@2:1={b@1:8=1@1:11}@2:4 d@3:1=text@3:4 e@4:1=text@4:4}@1:1");
}

TEST(YamlTree, TakesTheLastAnchorOfAName) {
  EXPECT_EQ(spell_text("[&x 1, *x, &x 2, *x]"), "[1@1:2 1@1:8 2@1:12 2@1:18]@1:1");
}

TEST(YamlTree, TakesAliasesAsKeys) {
  EXPECT_EQ(spell_text("[&x k, {*x : 1}]"), "[k@1:2 {k@1:9=1@1:14}@1:8]@1:1");
}

TEST(YamlTree, MergesMappings) {
  EXPECT_EQ(spell_text("- &x {a: 1, b: 2}\n- c: 3\n  <<: *x\n  a: 4\n"),
            "[{a@1:7=1@1:10 b@1:13=2@1:16}@1:3 {b@1:13=2@1:16 c@2:3=3@2:6 a@4:3=4@4:6}@2:3]@1:1");
}

TEST(YamlTree, MergesListsOfMappings) {
  EXPECT_EQ(spell_text("{<<: [{a: 1}, {a: 2, b: 3}], c: 4}"),
            "{a@1:8=1@1:11 b@1:22=3@1:25 c@1:30=4@1:33}@1:1");
}

TEST(YamlTree, MergesWhatWasMerged) {
  EXPECT_EQ(spell_text("- &x {a: 1}\n- &y {<<: *x, b: 2}\n- {<<: *y}\n"),
            "[{a@1:7=1@1:10}@1:3 {a@1:7=1@1:10 b@2:15=2@2:18}@2:3 "
            "{a@1:7=1@1:10 b@2:15=2@2:18}@3:3]@1:1");
}

TEST(YamlTree, DoesNotMergeAQuotedKey) { EXPECT_EQ(spell_text("{'<<': 1}"), "{<<@1:2=1@1:8}@1:1"); }

TEST(YamlTree, ExpandsVariablesInValues) {
  EXPECT_EQ(spell_text("a: ${X}\n${X}: 'is ${X}'\nc: [\"${X}\"]\n", {{"X", "1"}}),
            "{a@1:1=1@1:4 ${X}@2:1=\"is 1\"@2:7 c@3:1=[\"1\"@3:5]@3:4}@1:1");
}

TEST(YamlTree, DoesNotLetVariablesChangeTheStructure) {
  EXPECT_EQ(spell_text("a: ${X}\nb: ${Y}\n", {{"X", "{c: [1]}\nd: *e"}, {"Y", "null"}}),
            "{a@1:1={c: [1]}\nd: *e@1:4 b@2:1=null@2:4}@1:1");
}

TEST(Tree, FindsValuesOfKeys) {
  Diagnostics diagnostics(source_of(""));
  const auto tree = parse_yaml("{a: 1, b: 2}", environment_of({}), diagnostics);
  ASSERT_TRUE(tree);
  ASSERT_NE(tree->find("b"), nullptr);
  EXPECT_EQ(tree->find("b")->scalar, "2");
  EXPECT_EQ(tree->find("c"), nullptr);
  EXPECT_EQ(tree->find("a")->find("x"), nullptr);
}

}  // namespace
}  // namespace bpfmap::config
