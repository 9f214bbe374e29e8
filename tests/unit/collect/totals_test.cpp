// SPDX-License-Identifier: Apache-2.0
#include "collect/keep/totals.h"

#include <cmath>
#include <random>

#include "keeping_fixture.h"

namespace bpfmap::collect {
namespace {

using Random = std::independent_bits_engine<std::mt19937, 32, std::uint32_t>;

using test::number;

constexpr const char* kAccumulate = "mode: accumulate, metrics: [ { counter: c_total } ]";
constexpr const char* kDrain = "mode: drain, metrics: [ { counter: c_total } ]";

TEST(Accumulate, KeepsWhatEntriesCountedWhenTheyGo) {
  KeptMap map(u64_counts(), kAccumulate);
  EXPECT_THAT(map.walk({{1, 10}, {2, 20}}), UnorderedElementsAre(Pair("c_total{key=\"1\"}", "10"),
                                                                 Pair("c_total{key=\"2\"}", "20")));
  EXPECT_THAT(map.walk({{2, 21}}), UnorderedElementsAre(Pair("c_total{key=\"1\"}", "10"),
                                                        Pair("c_total{key=\"2\"}", "21")));
  EXPECT_EQ(map.counts().entries, 1U);
}

TEST(Accumulate, CountsAnEntryThatCameBackSmallerAsNew) {
  KeptMap map(u64_counts(), kAccumulate);
  map.walk({{1, 10}});
  EXPECT_THAT(map.walk({{1, 3}}), UnorderedElementsAre(Pair("c_total{key=\"1\"}", "13")));
  EXPECT_THAT(map.walk({{1, 5}}), UnorderedElementsAre(Pair("c_total{key=\"1\"}", "15")));
}

TEST(Accumulate, CountsAnEntryThatWasSeenGoneAsNewHoweverLarge) {
  KeptMap map(u64_counts(), kAccumulate);
  map.walk({{1, 10}});
  map.walk(Counts{});
  EXPECT_THAT(map.walk({{1, 12}}), UnorderedElementsAre(Pair("c_total{key=\"1\"}", "22")));
}

TEST(Accumulate, TakesAllNumbersOfAnEntryForNewWhenOneFell) {
  const auto value = test::structure("v", {{"packets", number("u64")}, {"bytes", number("u64")}});
  KeptMap map(test::hash_map(number("u32"), value),
              "mode: accumulate, metrics: [ { counter: p_total, value: packets }, "
              "{ counter: b_total, value: bytes } ]");
  struct Value {
    std::uint64_t packets, bytes;
  };
  RowBuilder first = map.rows();
  first.add(std::uint32_t{1}, Value{10, 100});
  map.walk_rows(std::move(first));
  RowBuilder second = map.rows();
  second.add(std::uint32_t{1}, Value{2, 150});  // one large packet after it was evicted
  EXPECT_THAT(
      map.walk_rows(std::move(second)),
      UnorderedElementsAre(Pair("p_total{key=\"1\"}", "12"), Pair("b_total{key=\"1\"}", "250")));
}

TEST(Accumulate, IsNotMisledByFieldsThatNoMetricReads) {
  const auto value = test::structure("v", {{"packets", number("u64")}, {"depth", number("u64")}});
  KeptMap map(test::hash_map(number("u32"), value),
              "mode: accumulate, metrics: [ { counter: p_total, value: packets } ]");
  struct Value {
    std::uint64_t packets, depth;
  };
  RowBuilder first = map.rows();
  first.add(std::uint32_t{1}, Value{10, 7});
  map.walk_rows(std::move(first));
  RowBuilder second = map.rows();
  second.add(std::uint32_t{1}, Value{11, 0});
  EXPECT_THAT(map.walk_rows(std::move(second)),
              UnorderedElementsAre(Pair("p_total{key=\"1\"}", "11")));
}

TEST(Accumulate, GoesBeyondTheWidthOfTheCounter) {
  KeptMap map(test::hash_map(number("u32"), number("u32")), kAccumulate);
  for (int i = 0; i < 3; ++i) {
    RowBuilder full = map.rows();
    full.add(std::uint32_t{1}, UINT32_MAX);
    map.walk_rows(std::move(full));
    map.walk_rows(map.rows());
  }
  EXPECT_THAT(map.walk_rows(map.rows()),
              UnorderedElementsAre(Pair("c_total{key=\"1\"}", "12884901885")));
}

TEST(Accumulate, CombinesCpusUnlessTheyHaveALabel) {
  const auto info = test::per_cpu_map(number("u32"), number("u64"), 2);
  const auto rows_of = [](KeptMap& map, std::uint64_t cpu0, std::uint64_t cpu1) {
    RowBuilder rows = map.rows();
    rows.add_per_cpu(std::uint32_t{1}, std::vector<std::uint64_t>{cpu0, cpu1});
    return rows;
  };
  KeptMap sum(info, kAccumulate);
  sum.walk_rows(rows_of(sum, 10, 1));
  EXPECT_THAT(sum.walk_rows(rows_of(sum, 2, 3)),
              UnorderedElementsAre(Pair("c_total{key=\"1\"}", "16")));
  KeptMap apart(info, std::string("cpu: true, ") + kAccumulate);
  apart.walk_rows(rows_of(apart, 10, 1));
  EXPECT_THAT(apart.walk_rows(rows_of(apart, 2, 3)),
              UnorderedElementsAre(Pair("c_total{key=\"1\",cpu=\"0\"}", "12"),
                                   Pair("c_total{key=\"1\",cpu=\"1\"}", "4")));
}

TEST(Accumulate, AddsUpFloatsAndSignedNumbers) {
  KeptMap floats(test::hash_map(number("u32"), number("f64")), kAccumulate);
  for (const double value : {1.5, 0.25, 0.5}) {
    RowBuilder rows = floats.rows();
    rows.add(std::uint32_t{1}, value);
    floats.walk_rows(std::move(rows));
  }
  EXPECT_THAT(floats.walk_rows(floats.rows()),
              UnorderedElementsAre(Pair("c_total{key=\"1\"}", "1.75")));
  KeptMap narrow(test::hash_map(number("u32"), number("s16")), kAccumulate);
  for (const std::int16_t value : {std::int16_t{-5}, std::int16_t{-2}, std::int16_t{-4}}) {
    RowBuilder rows = narrow.rows();
    rows.add(std::uint32_t{1}, value);
    narrow.walk_rows(std::move(rows));
  }
  EXPECT_THAT(narrow.walk_rows(narrow.rows()),
              UnorderedElementsAre(Pair("c_total{key=\"1\"}", "3")));
}

struct SignedAndNot {
  std::int64_t balance;
  std::uint64_t calls;
};

KeptMap signed_map(const std::string& mode) {
  const auto value = test::structure("v", {{"balance", number("s64")}, {"calls", number("u64")}});
  return KeptMap(test::hash_map(number("u32"), value),
                 mode +
                     ", metrics: [ { counter: b_total, value: balance }, "
                     "{ counter: c_total, value: calls } ]");
}

TEST(Accumulate, AddsNothingWhereANumberWithASignFalls) {
  KeptMap map = signed_map("mode: accumulate");
  const auto walk = [&](SignedAndNot value) {
    RowBuilder rows = map.rows();
    rows.add(std::uint32_t{1}, value);
    return map.walk_rows(std::move(rows)).at("b_total{key=\"1\"}");
  };
  EXPECT_EQ(walk({10, 100}), "10");
  EXPECT_EQ(walk({7, 100}), "10");  // and no entry that began anew
  EXPECT_EQ(walk({12, 100}), "15");
  EXPECT_EQ(walk({-20, 101}), "15");
  EXPECT_EQ(walk({-18, 101}), "17");
  EXPECT_EQ(walk({INT64_MIN, 101}), "17");
  // Another number of the entry tells that it is a new one.
  EXPECT_EQ(walk({-5, 1}), "17");
  EXPECT_EQ(walk({3, 0}), "20");
}

TEST(Drain, AddsNothingThatIsBelowZero) {
  KeptMap map = signed_map("mode: drain, max_series: 1");
  const auto walk = [&](std::uint32_t key, SignedAndNot value) {
    RowBuilder rows = map.rows();
    rows.add(key, value);
    return map.walk_rows(std::move(rows));
  };
  EXPECT_EQ(walk(1, {5, 1}).at("b_total{key=\"1\"}"), "5");
  EXPECT_EQ(walk(1, {-3, 1}).at("b_total{key=\"1\"}"), "5");
  EXPECT_EQ(walk(2, {4, 1}).at("b_total{key=\"other\"}"), "4");
  const Page page = walk(2, {-9, 1});
  EXPECT_EQ(page.at("b_total{key=\"other\"}"), "4");
  EXPECT_EQ(page.at("c_total{key=\"other\"}"), "2");
}

TEST(Accumulate, SumsOverCpusBeforeItComparesNumbersWithASign) {
  KeptMap map(test::per_cpu_map(number("u32"), number("s64"), 2), kAccumulate);
  const auto walk = [&](std::int64_t first, std::int64_t second) {
    RowBuilder rows = map.rows();
    rows.add_per_cpu(std::uint32_t{1}, std::vector<std::int64_t>{first, second});
    return map.walk_rows(std::move(rows)).at("c_total{key=\"1\"}");
  };
  EXPECT_EQ(walk(10, -4), "6");
  EXPECT_EQ(walk(13, -9), "6");
  EXPECT_EQ(walk(13, -8), "7");
}

TEST(Accumulate, NeverAddsWhatIsNoNumber) {
  KeptMap map(test::hash_map(number("u32"), number("f64")), kAccumulate);
  for (const double value : {1.0, std::nan(""), 2.5}) {
    RowBuilder rows = map.rows();
    rows.add(std::uint32_t{1}, value);
    map.walk_rows(std::move(rows));
  }
  // A fall to NaN, and no rise from it.
  EXPECT_THAT(map.walk_rows(map.rows()), UnorderedElementsAre(Pair("c_total{key=\"1\"}", "1")));
}

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

TEST(Totals, Of128BitsAreExact) {
  KeptMap map(test::per_cpu_map(number("u32"), number("u128"), 2), kAccumulate);
  const Uint128 high = Uint128{1} << 100U;
  const auto walk = [&](Uint128 first, Uint128 second) {
    RowBuilder rows = map.rows();
    rows.add_per_cpu(std::uint32_t{1}, std::vector<Uint128>{first, second});
    return map.walk_rows(std::move(rows)).at("c_total{key=\"1\"}");
  };
  EXPECT_EQ(walk(high, UINT64_MAX), "1267650600246676145570412756991");
  EXPECT_EQ(walk(2 * high, UINT64_MAX), "2535301200474905547067115962367");
  EXPECT_EQ(walk(5, 0), "2535301200474905547067115962372");  // an entry that began anew
}

TEST(Totals, Of128BitsWithASignRiseOnly) {
  KeptMap map(test::hash_map(number("u32"), number("s128")), kAccumulate);
  const auto walk = [&](Int128 value) {
    RowBuilder rows = map.rows();
    rows.add(std::uint32_t{1}, value);
    return map.walk_rows(std::move(rows)).at("c_total{key=\"1\"}");
  };
  EXPECT_EQ(walk(Int128{1} << 64U), "18446744073709551616");
  EXPECT_EQ(walk((Int128{1} << 64U) - 1), "18446744073709551616");
  EXPECT_EQ(walk((Int128{1} << 64U) + 1), "18446744073709551618");
  EXPECT_EQ(walk(-(Int128{1} << 100U)), "18446744073709551618");
}

TEST(Totals, Of128BitsAreFoldedAsTheyAre) {
  KeptMap map(test::hash_map(number("u32"), number("u128")),
              "top: { n: 1 }, labels: { key: }, metrics: [ { counter: c_total } ]");
  const auto walk = [&](Uint128 first, Uint128 second, Uint128 third) {
    RowBuilder rows = map.rows();
    rows.add(std::uint32_t{1}, first);
    rows.add(std::uint32_t{2}, second);
    rows.add(std::uint32_t{3}, third);
    return map.walk_rows(std::move(rows));
  };
  const Uint128 high = Uint128{1} << 64U;
  EXPECT_THAT(walk(3, high, 2 * high),  // the largest by its upper half
              UnorderedElementsAre(Pair("c_total{key=\"3\"}", "36893488147419103232"),
                                   Pair("c_total{key=\"other\"}", "18446744073709551619")));
}

TEST(Accumulate, KeepsASumThatFallsBecauseObservationsAreNegative) {
  const auto value =
      test::structure("v", {{"total", number("s64")}, {"slots", test::array(number("u64"), 2)}});
  KeptMap map(test::hash_map(number("u32"), value),
              "mode: accumulate, metrics: [ { histogram: h, value: slots, "
              "buckets: { scale: linear, sum: total } } ]");
  struct Value {
    std::int64_t total;
    std::uint64_t slots[2];
  };
  for (const Value& one : {Value{5, {1, 0}}, Value{-3, {2, 0}}}) {
    RowBuilder rows = map.rows();
    rows.add(std::uint32_t{1}, one);
    map.walk_rows(std::move(rows));
  }
  const Page page = map.walk_rows(map.rows());
  EXPECT_EQ(page.at("h_sum{key=\"1\"}"), "-3");
  EXPECT_EQ(page.at("h_count{key=\"1\"}"), "2");
}

TEST(Accumulate, AFailedWalkTakesNoKeyForGone) {
  KeptMap map(u64_counts(), kAccumulate);
  map.walk({{1, 10}, {2, 20}});
  map.failed_walk({{1, 11}});
  EXPECT_THAT(map.walk({{1, 12}, {2, 25}}), UnorderedElementsAre(Pair("c_total{key=\"1\"}", "12"),
                                                                 Pair("c_total{key=\"2\"}", "25")));
}

TEST(Accumulate, AFailedWalkDoesNotCountTheRestTwice) {
  KeptMap map(u64_counts(), std::string("max_series: 1, ") + kAccumulate);
  map.walk({{1, 10}, {2, 20}, {3, 30}});
  map.failed_walk({{1, 10}, {2, 21}});
  EXPECT_THAT(
      map.walk({{1, 10}, {2, 22}, {3, 33}}),
      UnorderedElementsAre(Pair("c_total{key=\"1\"}", "10"), Pair("c_total{key=\"other\"}", "55")));
}

TEST(Accumulate, StartsEntriesAnewWhenTheMapWasReplaced) {
  KeptMap map(u64_counts(), std::string("max_series: 1, ") + kAccumulate);
  map.walk({{1, 10}, {2, 20}});
  map.kept().map_was_replaced();
  EXPECT_THAT(
      map.walk({{1, 11}, {2, 22}}),
      UnorderedElementsAre(Pair("c_total{key=\"1\"}", "21"), Pair("c_total{key=\"other\"}", "42")));
}

TEST(Totals, PutWhatHasNoRoomIntoARowForTheRest) {
  KeptMap map(u64_counts(), std::string("max_series: 2, ") + kAccumulate);
  EXPECT_THAT(map.walk({{1, 1}, {2, 2}, {3, 3}, {4, 4}}),
              UnorderedElementsAre(Pair("c_total{key=\"1\"}", "1"), Pair("c_total{key=\"2\"}", "2"),
                                   Pair("c_total{key=\"other\"}", "7")));
  EXPECT_EQ(map.counts().left_out.folded, 2U);
  EXPECT_EQ(map.counts().newly.folded, 2U);
  EXPECT_EQ(number_of(map.walk({{1, 1}, {3, 13}}), "c_total{key=\"other\"}"), 17U);
  EXPECT_EQ(map.counts().left_out.folded, 1U);
  EXPECT_EQ(map.counts().newly.folded, 0U);
}

TEST(Totals, AreMergedWithAKeyThatIsCalledOther) {
  const auto info = test::hash_map(test::text(8), number("u64"));
  KeptMap map(info, std::string("max_series: 1, ") + kAccumulate);
  RowBuilder rows = map.rows();
  rows.add(std::array<char, 8>{"other"}, std::uint64_t{1});
  rows.add(std::array<char, 8>{"b"}, std::uint64_t{2});
  EXPECT_THAT(map.walk_rows(std::move(rows)),
              UnorderedElementsAre(Pair("c_total{key=\"other\"}", "3")));
}

TEST(Totals, DoNotCountAKeyTwiceThatGetsRoomLater) {
  KeptMap map(u64_counts(), std::string("max_series: 1, expire_after: 10s, ") + kAccumulate);
  map.walk({{1, 5}, {2, 20}});
  map.clock.advance(11s);
  map.walk({{2, 21}});  // 1 is gone and has expired
  EXPECT_THAT(map.walk({{2, 24}}), UnorderedElementsAre(Pair("c_total{key=\"2\"}", "3"),
                                                        Pair("c_total{key=\"other\"}", "21")));
}

TEST(Drain, AddsUpWhatItTookOut) {
  KeptMap map(u64_counts(), kDrain);
  map.walk({{1, 10}, {2, 1}});
  map.walk({{1, 4}});
  EXPECT_THAT(map.walk({{1, 7}, {3, 1}}), UnorderedElementsAre(Pair("c_total{key=\"1\"}", "21"),
                                                               Pair("c_total{key=\"2\"}", "1"),
                                                               Pair("c_total{key=\"3\"}", "1")));
}

TEST(Drain, KeepsWhatItTookOutBeforeTheWalkFailed) {
  KeptMap map(u64_counts(), std::string("max_series: 1, ") + kDrain);
  map.failed_walk({{1, 10}, {2, 5}, {3, 1}});
  EXPECT_THAT(map.walk({{1, 1}}), UnorderedElementsAre(Pair("c_total{key=\"1\"}", "11"),
                                                       Pair("c_total{key=\"other\"}", "6")));
}

// What a map does at random, against a model that knows every increment: entries grow, are evicted,
// come back. Evictions happen right after a walk, where nothing is lost between two of them.
TEST(Totals, LoseNothingInRandomWalks) {
  for (const bool drains : {false, true}) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
      Random random(seed);
      const std::uint32_t room = 1 + random() % 30;
      KeptMap map(u64_counts(),
                  "max_series: " + std::to_string(room) + ", " + (drains ? kDrain : kAccumulate));
      std::map<std::uint32_t, std::uint64_t> kernel;
      std::map<std::uint32_t, std::uint64_t> truth;
      std::uint64_t total = 0;
      std::uint64_t rest = 0;
      for (int step = 0; step < 60; ++step) {
        for (int i = 0; i < 20; ++i) {
          const std::uint32_t key = random() % 40;
          const std::uint64_t amount = random() % 5;
          kernel[key] += amount;
          truth[key] += amount;
          total += amount;
        }
        const Counts rows(kernel.begin(), kernel.end());
        if (random() % 5 == 0) {
          map.failed_walk(rows);
        } else {
          const Page page = map.walk(rows);
          EXPECT_EQ(sum_of(page), total) << seed << " " << step;
          for (const auto& [key, count] : truth) {
            EXPECT_LE(number_of(page, "c_total{key=\"" + std::to_string(key) + "\"}"), count);
          }
          const std::uint64_t rest_now = number_of(page, "c_total{key=\"other\"}");
          EXPECT_GE(rest_now, rest) << "the rest fell";
          rest = rest_now;
          if (!drains) std::erase_if(kernel, [&](const auto&) { return random() % 4 == 0; });
          // What is gone must be seen gone, or come back smaller: see what the mode loses.
          if (!drains) map.walk(Counts(kernel.begin(), kernel.end()));
        }
        if (drains) kernel.clear();
      }
      EXPECT_GT(total, 0U);
    }
  }
}

TEST(Totals, GoOnWhenMetricsOrMapsChangeButNotTheirRows) {
  KeptMap map(u64_counts(), kAccumulate);
  map.walk({{1, 10}});
  auto same = rows_plan(u64_counts(), std::string("interval: 7s, ") + kAccumulate);
  EXPECT_TRUE(map.kept().update_plan(std::move(*same.keeping)));
  EXPECT_THAT(map.walk({{1, 12}}), UnorderedElementsAre(Pair("c_total{key=\"1\"}", "12")));
  auto other = rows_plan(test::hash_map(number("u64"), number("u64")), kAccumulate);
  EXPECT_FALSE(map.kept().update_plan(std::move(*other.keeping)));
}

}  // namespace
}  // namespace bpfmap::collect
