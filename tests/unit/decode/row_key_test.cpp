// SPDX-License-Identifier: Apache-2.0
#include "decode/row_key.h"

#include <linux/bpf.h>

#include "unit/decode/plan_fixture.h"

namespace bpfmap::decode {
namespace {

using kernel::Field;
using ::testing::ResultOf;

// "path@offset:size" of every part of the key that holds data.
std::vector<std::string> parts_of(const kernel::MapInfo& info) {
  std::vector<std::string> parts;
  for (const Field& field : kernel::leaf_fields(info.key, "key")) {
    parts.push_back(field.path + "@" + std::to_string(field.offset) + ":" +
                    std::to_string(field.type->size));
  }
  return parts;
}

TEST(RowKey, AStructKeepsItsFields) {
  const auto key = structure("k", {{"a", number("u32")}, {"b", number("u64")}});
  const auto rows = with_suffix(hash_map(key, number("u64")), "outer", number("u16"));
  EXPECT_THAT(parts_of(rows), ElementsAre("a@0:4", "b@8:8", "outer@16:2"));
  EXPECT_EQ(rows.shape.key_size, 18U);
  EXPECT_EQ(rows.key->size, 18U);
  EXPECT_EQ(kernel::resolve_field(rows.key, "b", "key")->offset, 8U);
  EXPECT_EQ(kernel::resolve_field(rows.key, "outer", "key")->offset, 16U);
}

TEST(RowKey, ANumberIsCalledKey) {
  const auto rows = with_suffix(hash_map(number("u32"), number("u64")), "outer", number("u32"));
  EXPECT_THAT(parts_of(rows), ElementsAre("key@0:4", "outer@4:4"));
}

TEST(RowKey, BytesWithoutBtfAreANumberOrAnArray) {
  const auto four = without_btf(hash_map(number("u32"), number("u64")));
  EXPECT_THAT(parts_of(with_suffix(four, "outer", number("u32"))),
              ElementsAre("key@0:4", "outer@4:4"));
  const auto seven = without_btf(hash_map(array(number("u8"), 7), number("u64")));
  const auto rows = with_suffix(seven, "outer", number("u32"));
  EXPECT_THAT(parts_of(rows), ElementsAre("key@0:7", "outer@7:4"));
  EXPECT_EQ(rows.shape.key_size, 11U);
}

TEST(RowKey, TypesOfAnotherSizeThanTheKeyAreNotBelieved) {
  auto info = hash_map(number("u64"), number("u64"));
  info.key = number("u32");
  EXPECT_THAT(parts_of(with_suffix(info, "outer", number("u32"))),
              ElementsAre("key@0:8", "outer@8:4"));
}

TEST(RowKey, WithoutANameItCannotBeNamed) {
  const auto rows = with_suffix(hash_map(number("u32"), number("u64")), "", number("u32"));
  EXPECT_THAT(parts_of(rows), ElementsAre("key@0:4"));
  EXPECT_EQ(rows.shape.key_size, 8U);
  EXPECT_FALSE(kernel::resolve_field(rows.key, "", "key")->type->members.size() > 1);
}

TEST(RowKey, TheOnlyIndexOfAnArraySaysNothing) {
  const auto rows = with_suffix(array_map(number("u64"), 1), "outer", number("u32"));
  EXPECT_THAT(parts_of(rows), ElementsAre("outer@4:4"));
  // It would be taken for an array of one entry without any label.
  EXPECT_GT(rows.shape.max_entries, 1U);
  EXPECT_THAT(parts_of(with_suffix(array_map(number("u64"), 2), "outer", number("u32"))),
              ElementsAre("key@0:4", "outer@4:4"));
  auto of_any_size = array_map(number("u64"), 1);
  of_any_size.shape.flags = BPF_F_INNER_MAP;
  EXPECT_THAT(parts_of(with_suffix(of_any_size, "outer", number("u32"))),
              ElementsAre("key@0:4", "outer@4:4"));
}

TEST(RowKey, ChoicesReadAsTheirTexts) {
  const auto choice = choice_of({"a", "b"});
  EXPECT_EQ(choice->size, 4U);
  ASSERT_EQ(choice->enumerators.size(), 2U);
  EXPECT_EQ(choice->enumerators[1].name, "b");
  EXPECT_EQ(choice->enumerators[1].value, 1U);
}

}  // namespace
}  // namespace bpfmap::decode
