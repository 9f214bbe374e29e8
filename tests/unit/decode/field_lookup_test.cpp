// SPDX-License-Identifier: Apache-2.0
#include "decode/field_lookup.h"

#include "unit/decode/plan_fixture.h"

// References that no parser lets through: a caller that builds a Config by hand gets
// the same answers.
namespace bpfmap::decode {
namespace {

class FieldLookup : public ::testing::Test {
 protected:
  std::optional<kernel::Field> find(config::ExplicitField bytes) {
    config::Diagnostics diagnostics(source_of(""));
    const auto field = find_field({{4, 2}, "", std::move(bytes)}, whole_, diagnostics);
    messages_ = lines_of(diagnostics);
    EXPECT_EQ(field.has_value(), messages_.empty());
    return field;
  }

  Whole whole_{"m", "key", 16, nullptr};
  std::vector<std::string> messages_;
};

TEST_F(FieldLookup, OneNumberOrAnArrayOfThem) {
  const auto one = find({4, std::nullopt, "be32"});
  ASSERT_TRUE(one);
  EXPECT_EQ(one->offset, 4U);
  EXPECT_EQ(one->type->size, 4U);
  EXPECT_TRUE(one->type->big_endian);
  const auto two = find({8, 8, "u32"});
  ASSERT_TRUE(two);
  EXPECT_EQ(two->type->kind, kernel::TypeKind::kArray);
  EXPECT_EQ(two->type->count, 2U);
  const auto letter = find({15, 1, "char"});
  ASSERT_TRUE(letter);
  EXPECT_TRUE(letter->type->is_text());
}

TEST_F(FieldLookup, WhatIsWrong) {
  find({0, std::nullopt, "u23"});
  EXPECT_THAT(messages_, ElementsAre("error 4:2 unknown type 'u23' (did you mean 'u32'?)"));
  find({0, std::nullopt, "byts"});
  EXPECT_THAT(messages_, ElementsAre("error 4:2 unknown type 'byts' (did you mean 'bytes'?)"));
  find({0, std::nullopt, "bytes"});
  EXPECT_THAT(messages_, ElementsAre("error 4:2 type bytes needs a size, in bytes"));
  find({0, std::nullopt, "char"});
  EXPECT_THAT(messages_, ElementsAre("error 4:2 type char needs a size, in bytes"));
  find({0, 6, "u32"});
  EXPECT_THAT(messages_, ElementsAre("error 4:2 size 6 is no multiple of the 4 bytes of u32"));
  find({0, 0, "u32"});
  EXPECT_THAT(messages_, ElementsAre("error 4:2 size 0 is no multiple of the 4 bytes of u32"));
  find({13, std::nullopt, "u32"});
  EXPECT_THAT(
      messages_,
      ElementsAre("error 4:2 bytes 13 to 16 lie beyond the 16 bytes of the key of map 'm'"));
  find({4294967295, 4294967288, "u64"});
  EXPECT_THAT(messages_, ElementsAre("error 4:2 bytes 4294967295 to 8589934582 lie beyond the 16"
                                     " bytes of the key of map 'm'"));
}

TEST_F(FieldLookup, ListsForMessages) {
  EXPECT_EQ(quoted_list({}), "");
  EXPECT_EQ(quoted_list({"a"}), "'a'");
  EXPECT_EQ(quoted_list({"a", "b"}), "'a' and 'b'");
  EXPECT_EQ(quoted_list({"a", "b", "c"}), "'a', 'b' and 'c'");
}

}  // namespace
}  // namespace bpfmap::decode
