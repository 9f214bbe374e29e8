// SPDX-License-Identifier: Apache-2.0
#include "base/byte_table.h"

#include <gtest/gtest.h>

#include <string>

namespace bpfmap {
namespace {

using namespace std::string_view_literals;

TEST(ByteTable, NumbersDistinctLabelsInTheOrderTheyCome) {
  ByteTable table;
  EXPECT_EQ(table.find_or_add("a=\"1\""), 0U);
  EXPECT_EQ(table.find_or_add("a=\"2\""), 1U);
  EXPECT_EQ(table.find_or_add("a=\"1\""), 0U);
  EXPECT_EQ(table.find_or_add("a=\"3\""), 2U);
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.bytes(0), "a=\"1\"");
  EXPECT_EQ(table.bytes(2), "a=\"3\"");
}

TEST(ByteTable, NoLabelsAreASeries) {
  ByteTable table;
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.find_or_add({}), 0U);
  EXPECT_EQ(table.find_or_add(""), 0U);
  EXPECT_EQ(table.find_or_add("\0"sv), 1U);
  EXPECT_EQ(table.find_or_add("\0\0"sv), 2U);
  EXPECT_EQ(table.bytes(0), "");
}

TEST(ByteTable, KeepsItsOwnCopy) {
  ByteTable table;
  std::string buffer = "first";
  table.find_or_add(buffer);
  buffer = "other";
  EXPECT_EQ(table.find_or_add(buffer), 1U);
  EXPECT_EQ(table.bytes(0), "first");
  EXPECT_EQ(table.bytes(1), "other");
}

// Grows many times, and through many arenas.
TEST(ByteTable, ManySeries) {
  constexpr std::size_t kCount = 50000;
  ByteTable table;
  const auto name = [](std::size_t i) { return "series=\"" + std::to_string(i) + "\""; };
  for (std::size_t i = 0; i < kCount; ++i) ASSERT_EQ(table.find_or_add(name(i)), i);
  for (std::size_t i = 0; i < kCount; ++i) ASSERT_EQ(table.find_or_add(name(i)), i);
  ASSERT_EQ(table.size(), kCount);
  for (std::size_t i = 0; i < kCount; ++i) ASSERT_EQ(table.bytes(i), name(i));
}

TEST(ByteTable, LabelsLargerThanAnArena) {
  ByteTable table;
  const std::string large(200000, 'x');
  EXPECT_EQ(table.find_or_add("a"), 0U);
  EXPECT_EQ(table.find_or_add(large), 1U);
  EXPECT_EQ(table.find_or_add("b"), 2U);
  EXPECT_EQ(table.find_or_add(large + "y"), 3U);
  EXPECT_EQ(table.find_or_add(large), 1U);
  EXPECT_EQ(table.bytes(0), "a");
  EXPECT_EQ(table.bytes(1), large);
  EXPECT_EQ(table.bytes(2), "b");
}

}  // namespace
}  // namespace bpfmap
