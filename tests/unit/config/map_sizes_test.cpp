// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_cases.h"
#include "parse_text.h"

// key_size, value_size, max_entries and inner of a map.
namespace bpfmap::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string another_map = "object: x\nmaps:\n- { map: m, metrics: [{counter: c}] }\n";

std::vector<std::string> messages_of_entry(const std::string& entry) {
  return parse_text(another_map + "- " + entry + "\n").messages;
}

TEST(MapSizes, StandOnAMapWithMetrics) {
  const ParsedText good = parse_text(map("max_entries: 100\n  key_size: 4\n  value_size: 0x10"));
  EXPECT_THAT(good.messages, IsEmpty());
  ASSERT_EQ(good.config.maps.size(), 1U);
  ASSERT_EQ(good.config.map_sizes.size(), 1U);
  const MapSizesConfig& sizes = good.config.map_sizes[0];
  EXPECT_EQ(sizes.map.value, "m");
  EXPECT_EQ(sizes.own.max_entries->value, 100U);
  EXPECT_EQ(sizes.own.key_size->value, 4U);
  EXPECT_EQ(sizes.own.value_size->value, 16U);
  EXPECT_TRUE(sizes.inner.empty());
}

TEST(MapSizes, NeedNoMetrics) {
  const ParsedText parsed =
      parse_text(another_map + "- { map: start, max_entries: 7, inner: { max_entries: 3 } }\n");
  EXPECT_THAT(parsed.messages, IsEmpty());
  EXPECT_EQ(parsed.config.maps.size(), 1U);
  ASSERT_EQ(parsed.config.map_sizes.size(), 1U);
  EXPECT_EQ(parsed.config.map_sizes[0].map.value, "start");
  EXPECT_EQ(parsed.config.map_sizes[0].inner.max_entries->value, 3U);
}

TEST(MapSizes, SayWhatIsWrong) {
  EXPECT_THAT(messages_of_entry("{ map: n }"), ElementsAre(HasSubstr("a map needs 'metrics'")));
  EXPECT_THAT(messages_of_entry("{ map: n, max_entries: 5, interval: 1s }"),
              ElementsAre(HasSubstr("a map needs 'metrics'")));
  EXPECT_THAT(messages_of_entry("{ map: n, max_entries: 0 }"),
              ElementsAre(HasSubstr("max_entries: expected a whole number")));
  EXPECT_THAT(messages_of_entry("{ map: n, max_entries: 4294967296 }"),
              ElementsAre(HasSubstr("max_entries: expected a whole number")));
  EXPECT_THAT(messages_of_entry("{ map: n, max_entries: -1 }"),
              ElementsAre(HasSubstr("max_entries: expected a whole number")));
  EXPECT_THAT(messages_of_entry("{ map: n, inner: {} }"),
              ElementsAre(HasSubstr("expected one of key_size, value_size and max_entries")));
  EXPECT_THAT(messages_of_entry("{ map: n, inner: { max_entry: 4 } }"),
              ElementsAre(HasSubstr("unknown key 'max_entry' in 'inner' (did you mean "
                                    "'max_entries'?)")));
  EXPECT_THAT(messages_of_entry("{ map: m, max_entries: 5 }"),
              ElementsAre(HasSubstr("map 'm' is listed twice, first at line 3; put its sizes and "
                                    "metrics under one entry")));
  EXPECT_THAT(messages_of_entry("{ pinned: /sys/fs/bpf/x, max_entries: 5 }"),
              ElementsAre(HasSubstr("only a map of the file's own object can get another size")));
  EXPECT_THAT(messages_of_entry("{ variable: v, value_size: 5 }"),
              ElementsAre(HasSubstr("only a map of the file's own object can get another size")));
  EXPECT_THAT(parse_text("object: x\nmaps: [ { map: m, max_entries: 5 } ]\n").messages,
              ElementsAre(HasSubstr("no map has 'metrics': nothing would be exported")));
}

}  // namespace
}  // namespace bpfmap::config
