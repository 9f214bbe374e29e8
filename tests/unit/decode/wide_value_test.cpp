// SPDX-License-Identifier: Apache-2.0
#include "decode/numbers/wide_value.h"

#include <array>
#include <cstring>
#include <optional>

#include "plan_fixture.h"

namespace bpfmap::decode {
namespace {

using Words = std::vector<std::uint64_t>;

kernel::Field field_of(const kernel::TypePtr& type, const std::string& path) {
  auto field = kernel::resolve_field(type, path, "value");
  EXPECT_TRUE(field) << path;
  return *field;
}

Words read(const WideValue& wide, const void* value) {
  Words words;
  for (const Lane& lane : wide.lanes()) {
    words.push_back(lane.from.read_bits(static_cast<const std::byte*>(value)));
  }
  return words;
}

TEST(WideValue, GivesNumbersOfEverySizeAWord) {
  const auto type = structure("v", {{"u8", number("u8")},
                                    {"s16", number("s16")},
                                    {"u32", number("u32")},
                                    {"f64", number("f64")}});
  struct Value {
    std::uint8_t u8;
    std::int16_t s16;
    std::uint32_t u32;
    double f64;
  };
  WideValue wide;
  for (const char* path : {"f64", "u32", "s16", "u8"}) {
    EXPECT_TRUE(wide.add(field_of(type, path), Lane::Kind::kCount));
  }
  const Value value{255, -2, UINT32_MAX, 0.5};
  EXPECT_THAT(read(wide, &value), ElementsAre(std::bit_cast<std::uint64_t>(0.5), UINT32_MAX,
                                              static_cast<std::uint64_t>(-2), 255));
  EXPECT_EQ(wide.words(), 4U);
}

TEST(WideValue, ReadsNestedStructsArraysAndBitfields) {
  const auto inner = structure("i", {{"x", number("u16")}, {"y", number("u16")}});
  const auto type = structure("v", {{"low", number("u32"), 3},
                                    {"high", number("u32"), 7},
                                    {"list", array(inner, 2)},
                                    {"slots", array(number("u32"), 3)}});
  struct Value {
    std::uint32_t low : 3, high : 7;
    std::uint16_t list[4];
    std::uint32_t slots[3];
  };
  WideValue wide;
  std::optional<WideValue::Part> last;
  for (const char* path : {"high", "list[1].y", "slots"}) {
    last = wide.add(field_of(type, path), Lane::Kind::kCount);
    ASSERT_TRUE(last) << path;
  }
  Value value{};
  value.low = 5;
  value.high = 100;
  const std::uint16_t list[] = {1, 2, 3, 4};
  const std::uint32_t slots[] = {10, 20, 30};
  std::memcpy(value.list, list, sizeof(list));
  std::memcpy(value.slots, slots, sizeof(slots));
  EXPECT_THAT(read(wide, &value), ElementsAre(100, 4, 10, 20, 30));
  EXPECT_EQ(last->field.offset, 16U);
  EXPECT_EQ(last->field.type->count, 3U);
  EXPECT_EQ(last->field.type->element->size, 8U);
}

TEST(WideValue, SharesWordsOfTheSameFieldInTheSameKind) {
  const auto type = structure("v", {{"a", number("u32")}, {"b", number("u32")}});
  WideValue wide;
  const auto first = wide.add(field_of(type, "a"), Lane::Kind::kGaugeMax);
  const auto again = wide.add({"bytes", number("u32"), 0, 0, 0}, Lane::Kind::kGaugeMax);
  const auto other_kind = wide.add(field_of(type, "a"), Lane::Kind::kGaugeMin);
  const auto other_type = wide.add({"bytes", number("s32"), 0, 0, 0}, Lane::Kind::kGaugeMax);
  EXPECT_EQ(first->words, again->words);
  EXPECT_NE(first->words, other_kind->words);
  EXPECT_NE(first->words, other_type->words);
  EXPECT_EQ(wide.words(), 3U);
}

TEST(WideValue, RefusesWhatIsNoNumberAndTooMany) {
  WideValue wide;
  EXPECT_FALSE(wide.add({"t", structure("s", {{"a", number("u8")}}), 0, 0, 0}, Lane::Kind::kCount));
  EXPECT_FALSE(wide.add({"t", array(structure("s", {{"a", number("u8")}}), 2), 0, 0, 0},
                        Lane::Kind::kCount));
  EXPECT_FALSE(wide.add({"a", array(number("u8"), kMostLanes + 1), 0, 0, 0}, Lane::Kind::kCount));
  EXPECT_TRUE(wide.add({"a", array(number("u8"), kMostLanes), 0, 0, 0}, Lane::Kind::kCount));
  EXPECT_FALSE(wide.add({"b", number("u16"), 0, 0, 0}, Lane::Kind::kCount));
  EXPECT_EQ(wide.words(), kMostLanes);
}

TEST(Word, IsAddedComparedAndSubtractedAsItsType) {
  const auto lane = [](const char* type) {
    return Lane{*NumberSource::of({"", number(type), 0, 0, 0})};
  };
  const auto bits = [](double value) { return std::bit_cast<std::uint64_t>(value); };
  const auto is_less_than = [&](const char* type, std::uint64_t a, std::uint64_t b) {
    return is_less(lane(type), &a, &b);
  };
  const auto grew = [](const Lane& one, std::uint64_t now, std::uint64_t before) {
    std::uint64_t growth = 0;
    subtract(one, &now, &before, &growth);
    return growth;
  };
  std::uint64_t word = bits(0.5);
  std::uint64_t amount = bits(0.25);
  add_number(lane("f32"), &word, &amount);
  EXPECT_EQ(word, bits(0.75));
  EXPECT_EQ(grew(lane("f64"), bits(2), bits(0.5)), bits(1.5));
  EXPECT_TRUE(is_less_than("f64", bits(-1), bits(1)));
  EXPECT_TRUE(is_less_than("s8", static_cast<std::uint64_t>(-1), 1));
  EXPECT_FALSE(is_less_than("u8", static_cast<std::uint64_t>(-1), 1));
  word = 7;
  amount = static_cast<std::uint64_t>(-10);
  add_number(lane("s32"), &word, &amount);
  EXPECT_EQ(static_cast<std::int64_t>(word), -3);
  EXPECT_EQ(grew(lane("u64"), 3, 1), 2U);
}

TEST(Word, OfARiseGrowsByNothingWhereItFell) {
  const auto grew = [](const char* type, std::uint64_t now, std::uint64_t before) {
    const Lane lane{*NumberSource::of({"", number(type), 0, 0, 0}), 0, Lane::Kind::kRise};
    std::uint64_t growth = 99;
    subtract(lane, &now, &before, &growth);
    return growth;
  };
  EXPECT_EQ(grew("s64", 5, 3), 2U);
  EXPECT_EQ(grew("s64", 3, 5), 0U);
  EXPECT_EQ(grew("s64", 1, static_cast<std::uint64_t>(-1)), 2U);
  EXPECT_EQ(grew("f64", std::bit_cast<std::uint64_t>(-2.0), std::bit_cast<std::uint64_t>(-1.0)),
            0U);
}

TEST(WideValue, GivesNumbersOf128BitsTwoWords) {
  const auto type = structure("v", {{"total", number("u128")}, {"list", array(number("s128"), 2)}});
  WideValue wide;
  const auto total = wide.add(field_of(type, "total"), Lane::Kind::kCount);
  const auto list = wide.add(field_of(type, "list"), Lane::Kind::kCount);
  ASSERT_TRUE(total && list);
  EXPECT_THAT(total->words, ElementsAre(0, 1));
  EXPECT_THAT(list->words, ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(wide.lanes()[0].kind, Lane::Kind::kCount);
  EXPECT_EQ(wide.lanes()[0].words(), 2U);
  EXPECT_EQ(wide.lanes()[2].kind, Lane::Kind::kRise);
  EXPECT_EQ(wide.words(), 6U);
  EXPECT_EQ(list->field.offset, 16U);
  EXPECT_EQ(list->field.type->element->size, 16U);
  const std::uint64_t value[] = {1, 2, 3, 4, 5, 6};
  EXPECT_THAT(read(wide, value), ElementsAre(1, 2, 3, 4, 5, 6));
}

}  // namespace
}  // namespace bpfmap::decode
