// SPDX-License-Identifier: Apache-2.0
#include "decode/render/key_coverage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "support/row_builder.h"

namespace bpfmap::decode {
namespace {

using test::number;
using test::structure;

kernel::Field field_of(const test::TypePtr& key, const std::string& path) {
  return kernel::resolve_field(key, path, "key").value();
}

// Rows with these keys of eight bytes.
test::RowBuilder rows_of(const std::vector<std::uint64_t>& keys) {
  test::RowBuilder rows(test::hash_map(number("u64"), number("u8")).shape);
  for (const std::uint64_t key : keys) rows.add(key, std::uint8_t{0});
  return rows;
}

// One row a block: what is compared lies in another one.
bool has_uniform_padding(const KeyCoverage& coverage, const std::vector<std::uint64_t>& keys) {
  std::vector<test::RowBuilder> blocks;
  for (const std::uint64_t key : keys) blocks.push_back(rows_of({key}));
  const std::byte* like = nullptr;
  return std::all_of(blocks.begin(), blocks.end(), [&](const test::RowBuilder& block) {
    return coverage.padding_is_uniform(block.rows().front(), like);
  });
}

TEST(KeyCoverage, EveryFieldHasToBeCovered) {
  const auto key = structure("struct key", {{"a", number("u32")}, {"b", number("u16")}});
  KeyCoverage coverage(8, key);
  EXPECT_TRUE(coverage.leaves_data());
  coverage.cover(field_of(key, "a"));
  EXPECT_TRUE(coverage.leaves_data());
  coverage.cover(field_of(key, "b"));
  EXPECT_FALSE(coverage.leaves_data());
  coverage.cover(field_of(key, "a"));
  EXPECT_FALSE(coverage.leaves_data());
}

TEST(KeyCoverage, WithoutBtfEveryByteIsData) {
  const auto key = structure("struct key", {{"a", number("u32")}, {"b", number("u32")}});
  KeyCoverage coverage(8, nullptr);
  coverage.cover(field_of(key, "a"));
  EXPECT_TRUE(coverage.leaves_data());
  coverage.cover(field_of(key, "b"));
  EXPECT_FALSE(coverage.leaves_data());
  EXPECT_TRUE(has_uniform_padding(coverage, {1, 2}));
}

TEST(KeyCoverage, PaddingIsComparedInAllRows) {
  const auto key = structure("struct key", {{"a", number("u8")}, {"b", number("u32")}});
  const KeyCoverage coverage(8, key);
  EXPECT_TRUE(has_uniform_padding(coverage, {}));
  EXPECT_TRUE(has_uniform_padding(coverage, {0x1100000001}));
  // The padding is 0xdeadbe in all of them, the data differ.
  EXPECT_TRUE(
      has_uniform_padding(coverage, {0x11deadbe01, 0x22deadbe02, 0xffffffffdeadbeff, 0xdeadbe00}));
  for (const std::uint64_t odd : {0x11deadbf01u, 0x1100adbe01u, 0x11dea1be01u}) {
    EXPECT_FALSE(has_uniform_padding(
        coverage, {0x11deadbe01, 0x22deadbe02, 0x33deadbe03, static_cast<std::uint64_t>(odd)}))
        << std::hex << odd;
  }
}

TEST(KeyCoverage, BitsOfBitfieldsAreToldApart) {
  const auto key =
      structure("struct key",
                {{"low", number("u32"), 3}, {"high", number("u32"), 17}, {"rest", number("u32")}});
  ASSERT_EQ(key->size, 8U);
  KeyCoverage coverage(8, key);
  coverage.cover(field_of(key, "rest"));
  coverage.cover(field_of(key, "high"));
  EXPECT_TRUE(coverage.leaves_data());
  coverage.cover(field_of(key, "low"));
  EXPECT_FALSE(coverage.leaves_data());
  // Bits 20 to 31 are padding.
  EXPECT_TRUE(has_uniform_padding(coverage, {0x000fffff, 0x00000000, 0xffffffff000a5a5a}));
  EXPECT_FALSE(has_uniform_padding(coverage, {0, 0x00100000}));
  EXPECT_FALSE(has_uniform_padding(coverage, {0, 0x80000000}));
}

TEST(KeyCoverage, APartOfAnArrayOrUnionIsNotAllOfIt) {
  const auto key = structure(
      "struct key", {{"u", test::union_of("union u", {{"a", number("u16")}, {"b", number("u32")}})},
                     {"list", test::array(number("u16"), 2)}});
  KeyCoverage coverage(8, key);
  coverage.cover(field_of(key, "u.a"));
  coverage.cover(field_of(key, "list"));
  EXPECT_TRUE(coverage.leaves_data());
  coverage.cover(field_of(key, "u.b"));
  EXPECT_FALSE(coverage.leaves_data());
  KeyCoverage elements(8, key);
  elements.cover(field_of(key, "u.b"));
  elements.cover(field_of(key, "list[0]"));
  EXPECT_TRUE(elements.leaves_data());
  elements.cover(field_of(key, "list[1]"));
  EXPECT_FALSE(elements.leaves_data());
}

// A large type costs no time for each of its bits.
TEST(KeyCoverage, FieldsBeyondTheKeyAreIgnored) {
  const auto huge = test::array(number("u8"), 1U << 30U);
  KeyCoverage coverage(8, huge);
  EXPECT_TRUE(coverage.leaves_data());
  coverage.cover(field_of(huge, "key"));
  EXPECT_FALSE(coverage.leaves_data());
}

}  // namespace
}  // namespace bpfmap::decode
