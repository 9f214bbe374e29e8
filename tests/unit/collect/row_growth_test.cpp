// SPDX-License-Identifier: Apache-2.0
#include "collect/keep/row_growth.h"

#include <array>

#include "keeping_fixture.h"

namespace bpfmap::collect {
namespace {

using test::number;
using ::testing::ElementsAre;
using Words = std::vector<std::uint64_t>;

decode::KeepingPlan plan_of_two() {
  const auto value = test::structure("v", {{"count", number("u64")}, {"depth", number("u64")}});
  auto plan = rows_plan(test::hash_map(number("u32"), value),
                        "max_series: 5, metrics: [ { counter: c_total, value: count }, "
                        "{ gauge: depth, value: depth, aggregate: max } ]");
  return *std::move(plan.keeping);
}

TEST(Growth, IsTheDifferenceAndOfGaugesWhatTheyAre) {
  const auto plan = plan_of_two();
  Words growth(2);
  growth_of(plan.lanes, Words{7, 1}, Words{4, 9}, growth);
  EXPECT_THAT(growth, ElementsAre(3, 1));
  growth_of(plan.lanes, Words{3, 9}, Words{4, 9}, growth);
  EXPECT_THAT(growth, ElementsAre(3, 9));
}

TEST(RowGrowth, RemembersTheLastWalkOnly) {
  const auto plan = plan_of_two();
  RowGrowth growth(plan);
  growth.begin_walk();
  EXPECT_THAT(growth.add("aaaa", Words{5, 0}), ElementsAre(5, 0));
  growth.begin_walk();
  EXPECT_THAT(growth.before("aaaa"), ElementsAre(5, 0));
  EXPECT_THAT(growth.add("bbbb", Words{1, 0}), ElementsAre(1, 0));
  growth.begin_walk();
  EXPECT_THAT(growth.before("aaaa"), IsEmpty());
  EXPECT_THAT(growth.add("aaaa", Words{6, 0}), ElementsAre(6, 0));
  EXPECT_THAT(growth.add("bbbb", Words{4, 0}), ElementsAre(3, 0));
}

TEST(RowGrowth, KeepsWhatAnAbandonedWalkDidNotComeTo) {
  const auto plan = plan_of_two();
  RowGrowth growth(plan);
  growth.begin_walk();
  growth.add("aaaa", Words{5, 0});
  growth.add("bbbb", Words{7, 0});
  growth.begin_walk();
  growth.add("aaaa", Words{6, 0});
  growth.abandon_walk();
  growth.begin_walk();
  EXPECT_THAT(growth.add("aaaa", Words{8, 0}), ElementsAre(2, 0));
  EXPECT_THAT(growth.add("bbbb", Words{8, 0}), ElementsAre(1, 0));
  growth.forget();
  EXPECT_THAT(growth.add("aaaa", Words{8, 0}), ElementsAre(8, 0));
}

TEST(RestRows, AddUpCountsAndForgetGauges) {
  const auto plan = plan_of_two();
  RestRows rest(plan);
  EXPECT_TRUE(rest.empty());
  const std::array<std::byte, 4> key{};
  rest.add(key.data(), Words{5, 3});
  rest.add(key.data(), Words{2, 8});
  rest.add(key.data(), Words{0, 4});
  EXPECT_THAT(words_of(rest.block(), 0), ElementsAre(7, 8));
  EXPECT_TRUE(rest.block().is_rest());
  rest.forget_gauges();
  rest.add(key.data(), Words{1, 2});
  EXPECT_THAT(words_of(rest.block(), 0), ElementsAre(8, 2));
  EXPECT_EQ(rest.block().count(), 1U);
}

TEST(RestRows, StayApartBySlot) {
  const auto key_type = test::structure("k", {{"pid", number("u32")}, {"slot", number("u32")}});
  const auto plan = rows_plan(test::hash_map(key_type, number("u64")),
                              "max_series: 1, metrics: [ { histogram: h, bucket: slot, "
                              "buckets: { scale: exp2, max: 3 } } ]");
  RestRows rest(*plan.keeping);
  using Key = std::array<std::uint32_t, 2>;
  for (const Key& key : {Key{1, 0}, Key{2, 0}, Key{1, 2}}) {
    rest.add(test::bytes_of(key).data(), Words{10});
  }
  const kernel::RowBlock block = rest.block();
  ASSERT_EQ(block.count(), 2U);
  EXPECT_THAT(words_of(block, 0), ElementsAre(20));
  EXPECT_EQ(test::bytes_of(Key{0, 2}), test::Bytes(block.key(1), block.key(1) + 8));
}

TEST(WideRows, HoldEveryNumberOfEveryCpu) {
  const auto value = test::structure("v", {{"a", number("u8")}, {"b", number("s16")}});
  struct Value {
    std::uint8_t a;
    std::int16_t b;
  };
  const auto info = test::per_cpu_map(number("u32"), value, 2);
  const std::string metrics =
      "max_series: 1, metrics: [ { gauge: b, value: b, aggregate: min }, { counter: a_total, "
      "value: a } ]";
  RowBuilder rows(info.shape);
  rows.add_per_cpu(std::uint32_t{1}, std::vector<Value>{{200, -3}, {100, -7}});
  const auto sum = rows_plan(info, metrics);
  EXPECT_THAT(words_of(wide_rows(*sum.keeping, rows.rows()[0]), 0),
              ElementsAre(static_cast<std::uint64_t>(-7), 300));
  const auto apart = rows_plan(info, "cpu: true, " + metrics);
  EXPECT_THAT(
      words_of(wide_rows(*apart.keeping, rows.rows()[0]), 0),
      ElementsAre(static_cast<std::uint64_t>(-3), 200, static_cast<std::uint64_t>(-7), 100));
}

}  // namespace
}  // namespace bpfmap::collect
