// SPDX-License-Identifier: Apache-2.0
#include "commands/print_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "commands/map_text.h"
#include "support/layouts.h"

namespace bpfmap::commands {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(PrintLayout, ANumberIsOneLine) {
  EXPECT_EQ(layout_text("key", test::number("u32"), "  "), "  key: u32, 4 bytes\n");
  EXPECT_EQ(layout_text("value", test::text(16), ""), "value: char[16], 16 bytes\n");
}

TEST(PrintLayout, PointsAtHolesInTheMiddleAndAtTheEnd) {
  const auto type = test::structure("struct s", {{"first", test::number("u8")},
                                                 {"second", test::number("u64")},
                                                 {"third", test::number("u16")}});
  EXPECT_EQ(layout_text("key", type, ""),
            "key: struct s, 24 bytes\n"
            "  offset  size  type  name\n"
            "       0     1  u8    first\n"
            "       1     7        PADDING\n"
            "       8     8  u64   second\n"
            "      16     2  u16   third\n"
            "      18     6        PADDING at the end\n");
  EXPECT_EQ(padding_bits(*type), 13U * 8);
}

TEST(PrintLayout, ShowsBitfieldsAndTheBitsBetween) {
  kernel::Type type = *test::structure("struct b", {{"low", test::number("u32"), 3}});
  type.members.push_back({"high", test::number("u32"), 9, 2});
  EXPECT_EQ(layout_text("key", std::make_shared<const kernel::Type>(type), ""),
            "key: struct b, 4 bytes\n"
            "  offset     size  type  name\n"
            "     0:0   3 bits  u32   low\n"
            "     0:3   6 bits        PADDING\n"
            "     1:1   2 bits  u32   high\n"
            "     1:3  21 bits        PADDING at the end\n");
  EXPECT_EQ(padding_bits(type), 27U);
}

TEST(PrintLayout, NamesPartsAsConfigurationsDo) {
  const auto inner = test::structure("struct in", {{"x", test::number("u16")}});
  const auto choice = test::union_of(
      "union u", {{"v4", test::number("be32")}, {"v6", test::array(test::number("u8"), 16)}});
  const auto type = test::structure(
      "struct s", {{"pair", test::array(inner, 2)}, {"address", choice}, {"", inner}});
  const std::string text = layout_text("key", type, "");
  EXPECT_THAT(text, HasSubstr("   pair[0].x\n"));
  EXPECT_THAT(text, HasSubstr("   address.v4\n"));
  EXPECT_THAT(text, HasSubstr("  struct in\n"));
  EXPECT_THAT(text, HasSubstr("  u16             x\n")) << text;
  EXPECT_EQ(padding_bits(*choice), 0U) << "members of a union leave bytes, but no holes";
}

TEST(PrintLayout, CountsTheHolesOfEveryElement) {
  const auto inner =
      test::structure("struct in", {{"w", test::number("u32")}, {"n", test::number("u16")}});
  EXPECT_EQ(padding_bits(*test::array(inner, 3)), 3U * 2 * 8);
}

TEST(PrintLayout, ListsAnEnumOnce) {
  const auto state = test::enumeration({{"IDLE", 0}, {"BROKEN", std::uint64_t(-1)}}, true);
  const auto type = test::structure("struct s", {{"now", state}, {"past", test::array(state, 2)}});
  const std::string text = layout_text("value", type, "");
  EXPECT_THAT(text, HasSubstr("  enum e: IDLE=0, BROKEN=-1\n"));
  EXPECT_EQ(text.find("IDLE"), text.rfind("IDLE"));
}

TEST(PrintLayout, CutsLongEnums) {
  std::vector<kernel::Enumerator> many;
  for (std::uint64_t i = 0; i < 100; ++i) many.push_back({"E" + std::to_string(i), i});
  const std::string text = layout_text("value", test::enumeration(many), "");
  EXPECT_THAT(text, HasSubstr("E63=63, and 36 more\n"));
  EXPECT_THAT(text, Not(HasSubstr("E64")));
}

// How a map is exported, by its type alone.
std::string exported(std::uint32_t type, std::uint32_t flags = 0, std::uint32_t entries = 4) {
  kernel::MapInfo map;
  map.shape.type = type;
  map.shape.flags = flags;
  map.shape.max_entries = entries;
  map.value = test::number("u64");
  return how_exported(map);
}

TEST(MapText, SaysHowEveryTypeIsExportedOrWhyNot) {
  constexpr std::uint32_t kTypes = 35;
  for (std::uint32_t type = 1; type < kTypes; ++type) EXPECT_NE(exported(type), "") << type;
  EXPECT_EQ(exported(1), "rows, by the reader batch");
  EXPECT_THAT(exported(2), HasSubstr("skip_zero"));
  EXPECT_THAT(exported(2, 0, 1), Not(HasSubstr("skip_zero")));
  EXPECT_THAT(exported(2, 1U << 10), HasSubstr("mmap"));
  EXPECT_THAT(exported(9), HasSubstr("mode: accumulate"));
  EXPECT_EQ(exported(19), "rows, by the reader next_key");
  EXPECT_EQ(exported(22), "not: reading an entry would take it away from its consumer");
  EXPECT_THAT(exported(29), HasSubstr("iter"));
  EXPECT_THAT(exported(99), HasSubstr("not: this version of the exporter does not know"));
}

}  // namespace
}  // namespace bpfmap::commands
