// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "config/yaml/read_tree.h"
#include "config/yaml/yaml_text.h"
#include "parse_text.h"

namespace bpfmap::config {
namespace {

using testing::ElementsAre;

struct Case {
  std::string name;
  std::string text;
  std::vector<std::string> messages;
};

// Test runners list what a case prints; its texts would be too much.
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class YamlError : public testing::TestWithParam<Case> {};

TEST_P(YamlError, IsReported) {
  Diagnostics diagnostics(source_of(GetParam().text));
  parse_yaml(GetParam().text, environment_of({}), diagnostics);
  EXPECT_EQ(messages_of(diagnostics), GetParam().messages) << GetParam().text;
}

const std::string misplaced_colon =
    "YAML: ':' is not allowed here (text that holds ': ' needs quotes, and the keys of a mapping "
    "begin in the same column)";
const std::string tab_indent = "YAML: this line is indented by a tab, use spaces";
const std::string open_quotes = "YAML: text in quotes is not closed";
const std::string open_quote = "YAML: the text in quotes that begins here is not closed";
const std::string second_document = "a second YAML document begins here; a file holds one";

std::string nested(int levels) {
  return std::string(static_cast<std::size_t>(levels), '[') +
         std::string(static_cast<std::size_t>(levels), ']');
}

INSTANTIATE_TEST_SUITE_P(
    Syntax, YamlError,
    testing::Values(
        Case{"Empty", "", {"0:0 the file is empty"}},
        Case{"Blank", " \n\n", {"0:0 the file is empty"}},
        Case{"Comment", "# only\n", {"0:0 the file is empty"}},
        Case{"Marker", "---\n", {"0:0 the file is empty"}},
        Case{"Null", "~", {"0:0 the file is empty"}},
        Case{"ByteOrderMark", "\xEF\xBB\xBF", {"0:0 the file is empty"}},
        Case{"Colon", "a: b: c\n", {"1:5 " + misplaced_colon}},
        Case{"DeeperKey", "a: 1\n  b: 2\n", {"2:4 " + misplaced_colon}},
        Case{"ShallowerKey",
             "a:\n    b: 1\n  c: 2\n",
             {"3:3 YAML: expected the next 'key: value', in the column of the keys above"}},
        Case{"ShallowerItem",
             "a:\n  - b: 1\n   c: 2\n",
             {"3:4 YAML: expected the next '- item', in the column of the items above"}},
        Case{"TabBeforeFirstKey", "a:\n\tb: 1\n", {"2:3 " + tab_indent}},
        Case{"TabBeforeSecondKey", "a:\n  b: 1\n\tc: 2\n", {"3:1 " + tab_indent}},
        Case{"TabAfterSpaces", "a:\n  b: 1\n \tc: 2\n", {"3:2 " + tab_indent}},
        Case{"DoubleQuote", "a: \"x\nb: 1\n", {"1:4 " + open_quote}},
        Case{"SingleQuoteOfAKey", "a: 1\n'b: c\n", {"2:1 " + open_quote}},
        Case{"EscapedQuote", "a: \"x\\\"\n", {"1:4 " + open_quote}},
        Case{"DoubledQuote", "a: 'x''\n", {"1:4 " + open_quote}},
        Case{"TaggedQuote", "a: !!str &x\n  \"x\n", {"1:4 " + open_quote}},
        Case{"SingleQuote", "a: 'x", {"1:6 " + open_quotes}},
        Case{"QuoteInQuotes",
             "a: 'it's'\n",
             {"1:8 YAML: expected the next 'key: value', in the column of the keys above"}},
        Case{"ReservedCharacter",
             "a: @x\n",
             {"1:4 YAML: a value cannot begin with this character (put it in quotes)"}},
        Case{"OpenList",
             "a: 1\nb: [1,\n  2\n",
             {"2:4 YAML: the list that begins here is not closed by ']'"}},
        Case{"OpenMapping",
             "a: {b: 1",
             {"1:4 YAML: the mapping that begins here is not closed by '}'"}},
        Case{"OpenInner",
             "a: {b: [1, {c: 2}",
             {"1:8 YAML: the list that begins here is not closed by ']'"}},
        Case{"CommaMissing",
             "a: [\"b\" \"c\"]\n",
             {"1:9 YAML: expected ',' or ']' in the list that begins at line 1, column 4"}},
        Case{"VariableInBraces",
             "a: { b: ${X} }\n",
             {"1:10 YAML: expected ',' or '}' in the mapping that begins at line 1, column 4 "
              "(inside "
              "{ } and [ ] write \"${NAME}\" in quotes)"}},
        Case{"UnknownAnchor", "a: *x\n", {"1:4 YAML: the referenced anchor is not defined"}},
        Case{"UnknownTag",
             "a: !secret x\nb: !!set {}\n",
             {"1:4 unknown YAML tag '!secret'", "2:4 unknown YAML tag 'tag:yaml.org,2002:set'"}},
        Case{"SecondDocument", "a: 1\n---\nb: 1\n", {"2:1 " + second_document}},
        Case{"TextAfterTheEnd", "{a: 1} b\n", {"1:8 " + second_document}},
        Case{
            "FutureVersion", "%YAML 3.0\n---\na: 1\n", {"1:1 YAML: YAML major version too large"}}),
    name_of<Case>);

INSTANTIATE_TEST_SUITE_P(
    Structure, YamlError,
    testing::Values(
        Case{"KeyTwice", "a: 1\nb: 2\na: 3\n", {"3:1 key 'a' is set twice, first at line 1"}},
        Case{"KeyTwiceInBraces",
             "{a: 1,\n 'a': 2, a: 3}",
             {"2:2 key 'a' is set twice, first at line 1",
              "2:10 key 'a' is set twice, first at line 1"}},
        Case{"MergeTwice",
             "x: &x {a: 1}\ny:\n  <<: *x\n  <<: *x\n",
             {"4:3 key '<<' is set twice, first at line 3"}},
        Case{"ListAsKey", "[a]: 1\n", {"1:1 a key must be text"}},
        Case{"NoKey", "{: 1}\n", {"1:2 a key must be text"}},
        Case{"MergeText", "<<: x\n", {"1:5 '<<' merges a mapping or a list of mappings"}},
        Case{"MergeListOfText", "<<: [x]\n", {"1:5 '<<' merges a mapping or a list of mappings"}},
        Case{"MergeNothing", "a: 1\n<<:\n", {"2:1 '<<' merges a mapping or a list of mappings"}},
        Case{"AliasInItself",
             "a: &x\n  - 1\n  - *x\n",
             {"3:5 an alias cannot stand inside the node that it repeats"}},
        Case{"Depth64", nested(64), {}},
        Case{"Depth65", nested(65), {"1:65 nested deeper than 64 levels"}},
        Case{"Depth100000", nested(100000), {"1:65 nested deeper than 64 levels"}},
        Case{"DepthByAliases",
             "a: &x " + nested(40) + "\nb: " + std::string(30, '[') + "*x",
             {"2:34 nested deeper than 64 levels"}},
        Case{"UnsetVariable",
             "a: [1, '${NOPE}']\n",
             {"1:8 environment variable 'NOPE' is not set (write ${NOPE:-default} to give a "
              "default)"}},
        // The anchor's value is wrong once, however often it is repeated.
        Case{"UnsetVariableRepeated",
             "a: &x '${NOPE}'\nb: *x\nc: *x\n",
             {"1:4 environment variable 'NOPE' is not set (write ${NOPE:-default} to give a "
              "default)"}}),
    name_of<Case>);

// yaml-cpp takes 0x04 for the end of the file, and ignores what follows.
INSTANTIATE_TEST_SUITE_P(
    Characters, YamlError,
    testing::Values(
        Case{"EndOfTransmission",
             "a: 1\n\x04\nb: 2\n",
             {"2:1 control character '\\x04' is not allowed in YAML"}},
        Case{"Nul",
             std::string("a: \0b", 5),
             {"1:4 control character '\\x00' is not allowed in YAML"}},
        Case{"Escape", "a: \x1B[31m", {"1:4 control character '\\x1b' is not allowed in YAML"}},
        Case{"Delete", "\x7F", {"1:1 control character '\\x7f' is not allowed in YAML"}},
        Case{"C1", "a: \xC2\x9B", {"1:4 control character '\\u009b' is not allowed in YAML"}},
        Case{"CarriageReturnAlone",
             "a: 1\rb: 2\n",
             {"1:5 control character '\\r' is not allowed in YAML"}},
        Case{"Latin1", "# gr\xFC\xDF\n", {"1:5 not UTF-8 text: byte 0xfc"}},
        Case{"Utf16",
             "\xFF\xFE"
             "a",
             {"1:1 not UTF-8 text: byte 0xff"}},
        Case{"Surrogate", "a: \xED\xA0\x80", {"1:4 not UTF-8 text: byte 0xed"}},
        Case{"Overlong", "a: \xC0\xAF", {"1:4 not UTF-8 text: byte 0xc0"}},
        Case{"Truncated", "a: \xE2\x82", {"1:4 not UTF-8 text: byte 0xe2"}},
        Case{"TooLarge", "a: \xF4\x90\x80\x80", {"1:4 not UTF-8 text: byte 0xf4"}}),
    name_of<Case>);

TEST(YamlError, OfSizeComesBeforeParsing) {
  const std::string text(kMostSourceBytes + 1, '[');
  Diagnostics diagnostics(source_of(text));
  EXPECT_FALSE(parse_yaml(text, environment_of({}), diagnostics));
  EXPECT_THAT(messages_of(diagnostics),
              ElementsAre("0:0 larger than 4 MiB, which no configuration is"));
}

}  // namespace
}  // namespace bpfmap::config
