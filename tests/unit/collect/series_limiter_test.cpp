// SPDX-License-Identifier: Apache-2.0
#include "collect/keep/series_limiter.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <random>

#include "keeping_fixture.h"

namespace bpfmap::collect {
namespace {

using Random = std::independent_bits_engine<std::mt19937, 32, std::uint32_t>;

using test::number;

std::string series(std::uint32_t key) { return "c_total{key=\"" + std::to_string(key) + "\"}"; }
const std::string kOther = "c_total{key=\"other\"}";
constexpr const char* kCounter = "metrics: [ { counter: c_total } ]";

KeptMap counts(const std::string& limits) { return {u64_counts(), limits + ", " + kCounter}; }

TEST(Filter, KeepsAndDropsByTheWholeText) {
  KeptMap map = counts("labels: { key: { keep: \"1.*\", drop: \"1[23]\" } }");
  EXPECT_THAT(map.walk({{1, 1}, {12, 2}, {123, 3}, {21, 4}}),
              UnorderedElementsAre(Pair(series(1), "1"), Pair(series(123), "3")));
  EXPECT_EQ(map.counts().left_out.by_filter, 2U);
  EXPECT_EQ(map.counts().newly.by_filter, 2U);
  map.walk({{12, 2}, {2, 2}});
  EXPECT_EQ(map.counts().left_out.by_filter, 2U);
  EXPECT_EQ(map.counts().newly.by_filter, 1U);
}

TEST(Filter, AppliesToTotals) {
  KeptMap map = counts("mode: drain, labels: { key: { drop: \"2\" } }");
  map.walk({{1, 1}, {2, 1}});
  EXPECT_THAT(map.walk({{1, 1}, {2, 1}}), UnorderedElementsAre(Pair(series(1), "2")));
}

TEST(MaxSeries, KeepsTheFirstAndFoldsTheOthers) {
  KeptMap map = counts("max_series: 2");
  EXPECT_THAT(map.walk({{1, 1}, {2, 2}, {3, 30}, {4, 40}}),
              UnorderedElementsAre(Pair(series(1), "1"), Pair(series(2), "2"), Pair(kOther, "70")));
  EXPECT_EQ(map.counts().left_out.folded, 2U);
  // Whatever the order, places stay; and a new one is free when a series has left.
  EXPECT_THAT(map.walk({{4, 41}, {3, 32}, {5, 5}, {2, 3}}),
              UnorderedElementsAre(Pair(series(2), "3"), Pair(series(5), "5"), Pair(kOther, "73")));
  EXPECT_EQ(map.counts().entries, 4U);
  EXPECT_EQ(map.counts().newly.folded, 0U);
}

TEST(MaxSeries, CountsSeriesAndNotRows) {
  const auto key = test::structure("k", {{"pid", number("u32")}, {"cpu", number("u32")}});
  KeptMap map(test::hash_map(key, number("u64")),
              "max_series: 1, labels: { pid: }, metrics: [ { counter: c_total } ]");
  using Key = std::array<std::uint32_t, 2>;
  RowBuilder rows = map.rows();
  for (const Key& one : {Key{1, 0}, Key{2, 0}, Key{1, 1}, Key{2, 1}, Key{3, 0}}) {
    rows.add(one, std::uint64_t{10});
  }
  EXPECT_THAT(
      map.walk_rows(std::move(rows)),
      UnorderedElementsAre(Pair("c_total{pid=\"1\"}", "20"), Pair("c_total{pid=\"other\"}", "30")));
}

TEST(MaxSeries, OfWhatRegexpLeavesOutNothingIsFolded) {
  KeptMap map = counts("max_series: 1, labels: { key: { decode: { regexp: \"^1\" } } }");
  const Counts rows = {{2, 20}, {1, 1}, {10, 5}, {3, 30}};
  const auto expected = UnorderedElementsAre(Pair(series(1), "1"), Pair(kOther, "5"));
  EXPECT_THAT(map.walk(rows), expected) << "2 came first, and takes no place";
  EXPECT_EQ(map.counts().left_out.by_filter, 2U);
  EXPECT_EQ(map.counts().newly.by_filter, 2U);
  EXPECT_EQ(map.counts().left_out.folded, 1U);
  EXPECT_THAT(map.walk(rows), expected);
  EXPECT_EQ(map.counts().left_out.by_filter, 2U);
  EXPECT_EQ(map.counts().newly.by_filter, 0U);
  // 1 goes, and its place is not for those that are left out.
  EXPECT_THAT(map.walk({{2, 21}, {11, 7}, {10, 6}}),
              UnorderedElementsAre(Pair(series(11), "7"), Pair(kOther, "6")));
}

TEST(MaxSeries, CountsWhatAGroupOfRegexpMakesOneSeriesOnce) {
  KeptMap map = counts("max_series: 1, labels: { key: { decode: { regexp: \"^([12])\" } } }");
  EXPECT_THAT(map.walk({{1, 1}, {30, 1000}, {12, 2}, {2, 10}, {25, 20}, {13, 4}}),
              UnorderedElementsAre(Pair(series(1), "7"), Pair(kOther, "30")));
  EXPECT_EQ(map.counts().left_out.folded, 1U);
}

TEST(MaxSeries, TheRestNeverFalls) {
  KeptMap map = counts("max_series: 1");
  map.walk({{1, 1}, {2, 20}, {3, 30}});
  EXPECT_EQ(map.walk({{1, 1}, {3, 30}}).at(kOther), "50") << "an entry went";
  EXPECT_EQ(map.walk({{1, 1}, {2, 5}, {3, 4}}).at(kOther), "59")
      << "they came back, or started anew";
  EXPECT_EQ(map.walk(Counts{}).at(kOther), "59");
}

TEST(MaxSeries, AFailedWalkChangesNothing) {
  KeptMap map = counts("max_series: 1");
  map.walk({{1, 1}, {2, 20}, {3, 30}});
  map.failed_walk({{3, 31}});
  EXPECT_THAT(map.walk({{3, 33}, {1, 2}, {2, 22}}),
              UnorderedElementsAre(Pair(series(1), "2"), Pair(kOther, "55")));
}

TEST(MaxSeries, KeepsSlotsOfTheRestApart) {
  const auto key = test::structure("k", {{"pid", number("u32")}, {"slot", number("u32")}});
  KeptMap map(test::hash_map(key, number("u64")),
              "max_series: 1, metrics: [ { histogram: h, bucket: slot, buckets: { scale: exp2, "
              "max: 1 } } ]");
  using Key = std::array<std::uint32_t, 2>;
  RowBuilder rows = map.rows();
  rows.add(Key{1, 0}, std::uint64_t{1});
  rows.add(Key{2, 0}, std::uint64_t{2});
  rows.add(Key{3, 1}, std::uint64_t{4});
  rows.add(Key{3, 5}, std::uint64_t{8});
  const Page page = map.walk_rows(std::move(rows));
  EXPECT_EQ(page.at("h_bucket{pid=\"1\",le=\"+Inf\"}"), "1");
  EXPECT_EQ(page.at("h_bucket{pid=\"other\",le=\"1\"}"), "2");
  EXPECT_EQ(page.at("h_bucket{pid=\"other\",le=\"2\"}"), "6");
  EXPECT_EQ(page.at("h_count{pid=\"other\"}"), "14");
}

TEST(MaxSeries, GaugesOfTheRestShowTheLastWalk) {
  const auto gauges = [](const std::string& aggregate) {
    return KeptMap(u64_counts(),
                   "max_series: 1, metrics: [ { gauge: g, aggregate: " + aggregate + " } ]");
  };
  const std::string other = "g{key=\"other\"}";
  for (const auto& [aggregate, first, second] :
       {std::tuple{"sum", "9", "3"}, {"max", "5", "2"}, {"min", "4", "1"}}) {
    KeptMap map = gauges(aggregate);
    EXPECT_EQ(map.walk({{1, 9}, {2, 5}, {3, 4}}).at(other), first) << aggregate;
    EXPECT_EQ(map.walk({{1, 9}, {2, 1}, {3, 2}}).at(other), second) << aggregate;
  }
}

// The sum over all series is what the map counted, as long as nothing leaves it.
TEST(MaxSeries, LosesNothingInRandomWalks) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    KeptMap map = counts("max_series: " + std::to_string(1 + random() % 20));
    std::map<std::uint32_t, std::uint64_t> kernel;
    std::uint64_t total = 0;
    for (int step = 0; step < 40; ++step) {
      for (int i = 0; i < 10; ++i) {
        const std::uint64_t amount = random() % 5;
        kernel[random() % 50] += amount;
        total += amount;
      }
      Counts rows(kernel.begin(), kernel.end());
      std::shuffle(rows.begin(), rows.end(), random);
      EXPECT_EQ(sum_of(map.walk(rows)), total) << seed << " " << step;
    }
  }
}

TEST(Top, ShowsTheLargest) {
  KeptMap map = counts("top: { n: 2 }");
  EXPECT_THAT(
      map.walk({{1, 1}, {2, 20}, {3, 30}, {4, 4}}),
      UnorderedElementsAre(Pair(series(2), "20"), Pair(series(3), "30"), Pair(kOther, "5")));
  // 4 overtakes 2, whose growth goes to the rest.
  EXPECT_THAT(
      map.walk({{1, 1}, {2, 21}, {3, 30}, {4, 44}}),
      UnorderedElementsAre(Pair(series(4), "44"), Pair(series(3), "30"), Pair(kOther, "6")));
}

TEST(Top, IsOfWhatRegexpLets) {
  KeptMap map = counts("top: { n: 1 }, labels: { key: { decode: { regexp: \"^1\" } } }");
  EXPECT_THAT(map.walk({{2, 1000}, {1, 1}, {10, 5}, {11, 2}}),
              UnorderedElementsAre(Pair(series(10), "5"), Pair(kOther, "3")));
}

TEST(Top, OfEqualsThoseWithAPlaceKeepIt) {
  KeptMap map = counts("top: { n: 1 }");
  map.walk({{1, 5}, {2, 6}});
  EXPECT_TRUE(map.walk({{1, 6}, {2, 6}}).contains(series(2)));
  EXPECT_TRUE(map.walk({{1, 7}, {2, 6}}).contains(series(1)));
  EXPECT_TRUE(map.walk({{1, 7}, {2, 7}}).contains(series(1)));
}

TEST(Top, ComparesTheMetricItNames) {
  const auto value = test::structure("v", {{"packets", number("u64")}, {"bytes", number("u64")}});
  const std::string metrics =
      "metrics: [ { counter: p_total, value: packets }, { counter: b_total, value: bytes } ]";
  struct Value {
    std::uint64_t packets, bytes;
  };
  for (const auto& [top, winner] :
       {std::pair{"top: { n: 1 }, ", "1"}, std::pair{"top: { n: 1, by: b_total }, ", "2"}}) {
    KeptMap map(test::hash_map(number("u32"), value), top + metrics);
    RowBuilder rows = map.rows();
    rows.add(std::uint32_t{1}, Value{10, 100});
    rows.add(std::uint32_t{2}, Value{1, 1500});
    EXPECT_TRUE(
        map.walk_rows(std::move(rows)).contains(std::string("p_total{key=\"") + winner + "\"}"));
  }
}

TEST(Top, ComparesAHistogramByItsCounts) {
  KeptMap map(test::hash_map(number("u32"), test::array(number("u64"), 3)),
              "top: { n: 1 }, metrics: [ { histogram: h, buckets: { scale: linear } } ]");
  RowBuilder rows = map.rows();
  rows.add(std::uint32_t{1}, std::array<std::uint64_t, 3>{3, 0, 0});
  rows.add(std::uint32_t{2}, std::array<std::uint64_t, 3>{1, 1, 2});
  EXPECT_TRUE(map.walk_rows(std::move(rows)).contains("h_count{key=\"2\"}"));
}

TEST(Top, OrdersWhatIsNoNumberLast) {
  KeptMap map(test::hash_map(number("u32"), number("f64")),
              "top: { n: 1 }, metrics: [ { gauge: g } ]");
  RowBuilder rows = map.rows();
  for (std::uint32_t key = 0; key < 100; ++key) {
    rows.add(key, key == 77 ? 1.0 : std::nan(""));
  }
  EXPECT_TRUE(map.walk_rows(std::move(rows)).contains("g{key=\"77\"}"));
}

// In every walk a row's growth goes to its own series or to the rest, never to both or to none.
TEST(Top, CountsEveryIncrementOnce) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    KeptMap map = counts("top: { n: 5 }");
    std::map<std::uint32_t, std::uint64_t> kernel;
    std::uint64_t rest = 0;
    for (int step = 0; step < 40; ++step) {
      std::map<std::uint32_t, std::uint64_t> grown;
      for (int i = 0; i < 10; ++i) {
        const std::uint32_t key = random() % 20;
        const std::uint64_t amount = random() % 3;
        kernel[key] += amount;
        grown[key] += amount;
      }
      const Page page = map.walk(Counts(kernel.begin(), kernel.end()));
      std::size_t own = 0;
      for (const auto& [key, count] : kernel) {
        const auto shown = page.find(series(key));
        if (shown == page.end()) {
          rest += grown[key];
        } else {
          EXPECT_EQ(shown->second, std::to_string(count));
          ++own;
        }
      }
      EXPECT_EQ(own, std::min<std::size_t>(5, kernel.size()));
      EXPECT_EQ(number_of(page, kOther), rest) << seed << " " << step;
    }
  }
}

TEST(ExpireAfter, HidesWhatDidNotChangeUntilItDoes) {
  KeptMap map = counts("expire_after: 10s");
  map.walk({{1, 1}, {2, 2}});
  map.clock.advance(9s);
  EXPECT_EQ(map.walk({{1, 1}, {2, 3}}).size(), 2U);
  map.clock.advance(1s);
  EXPECT_THAT(map.walk({{1, 1}, {2, 3}}), UnorderedElementsAre(Pair(series(2), "3")));
  EXPECT_EQ(map.counts().left_out.expired, 1U);
  EXPECT_EQ(map.counts().newly.expired, 1U);
  map.walk({{1, 1}, {2, 3}});
  EXPECT_EQ(map.counts().newly.expired, 0U);
  EXPECT_THAT(map.walk({{1, 4}, {2, 3}}),
              UnorderedElementsAre(Pair(series(1), "4"), Pair(series(2), "3")));
  EXPECT_THAT(map.deleted, IsEmpty());
}

TEST(ExpireAfter, SeesRowsOfASeriesThatSwapTheirValues) {
  const auto key = test::structure("k", {{"a", number("u32")}, {"b", number("u32")}});
  KeptMap map(test::hash_map(key, number("u64")),
              "expire_after: 10s, labels: { a: }, metrics: [ { gauge: g } ]");
  using Key = std::array<std::uint32_t, 2>;
  const auto walk = [&](std::uint64_t first, std::uint64_t second) {
    RowBuilder rows = map.rows();
    rows.add(Key{1, 1}, first);
    rows.add(Key{1, 2}, second);
    return map.walk_rows(std::move(rows));
  };
  walk(1, 2);
  map.clock.advance(11s);
  EXPECT_EQ(walk(2, 1).size(), 1U);
}

TEST(ExpireAfter, GivesUpAPlaceAndTheRestCountsOnlyWhatGrew) {
  KeptMap map = counts("max_series: 1, expire_after: 10s");
  map.walk({{1, 10}, {2, 20}});
  map.clock.advance(11s);
  EXPECT_THAT(map.walk({{1, 10}, {2, 21}, {3, 3}}),
              UnorderedElementsAre(Pair(series(3), "3"), Pair(kOther, "21")));
  // 1 is back, but its place is taken: what it showed before is not counted again.
  EXPECT_THAT(map.walk({{1, 14}, {2, 21}, {3, 3}}),
              UnorderedElementsAre(Pair(series(3), "3"), Pair(kOther, "25")));
}

TEST(ExpireAfter, ASeriesThatWasFoldedComesBackFolded) {
  KeptMap map = counts("max_series: 1, expire_after: 10s");
  map.walk({{1, 10}, {2, 20}});
  map.clock.advance(11s);
  EXPECT_THAT(map.walk({{1, 11}, {2, 20}}),
              UnorderedElementsAre(Pair(series(1), "11"), Pair(kOther, "20")));
  EXPECT_EQ(map.counts().left_out.expired, 1U);
  EXPECT_EQ(map.counts().left_out.folded, 0U);
  EXPECT_THAT(map.walk({{1, 12}, {2, 22}}),
              UnorderedElementsAre(Pair(series(1), "12"), Pair(kOther, "22")));
  EXPECT_THAT(map.walk({{2, 23}}), UnorderedElementsAre(Pair(kOther, "23")));
}

TEST(ExpireAfter, ForgetsTotalsOfASeriesAsAWhole) {
  const auto key = test::structure("k", {{"job", number("u32")}, {"pid", number("u32")}});
  using Key = std::array<std::uint32_t, 2>;
  KeptMap map(
      test::hash_map(key, number("u64")),
      "mode: drain, expire_after: 10s, labels: { job: }, metrics: [ { counter: c_total } ]");
  const auto walk = [&](std::uint32_t pid, std::uint64_t amount) {
    RowBuilder rows = map.rows();
    if (amount > 0) rows.add(Key{1, pid}, amount);
    return map.walk_rows(std::move(rows));
  };
  const std::string one = "c_total{job=\"1\"}";
  walk(100, 50);
  for (int i = 0; i < 4; ++i) {
    map.clock.advance(6s);
    walk(200, 1);
  }
  // Process 100 ended long ago, but what it counted is a part of a series that goes on.
  EXPECT_EQ(walk(200, 1).at(one), "55");
  map.clock.advance(11s);
  EXPECT_THAT(walk(200, 0), IsEmpty());
  EXPECT_EQ(map.counts().left_out.expired, 1U);
  EXPECT_THAT(walk(200, 0), IsEmpty());
  EXPECT_EQ(map.counts().left_out.expired, 0U) << "forgotten";
  EXPECT_EQ(walk(200, 3).at(one), "3");
}

// A part of its rows would be forgotten otherwise, and the counter come back smaller.
TEST(ExpireAfter, KeepsTotalsOfASeriesAsAWhole) {
  const auto key = test::structure("k", {{"job", number("u32")}, {"pid", number("u32")}});
  using Key = std::array<std::uint32_t, 2>;
  KeptMap map(
      test::hash_map(key, number("u64")),
      "mode: accumulate, expire_after: 10s, labels: { job: }, metrics: [ { counter: c_total } ]");
  const auto walk = [&](const std::map<std::uint32_t, std::uint64_t>& processes) {
    RowBuilder rows = map.rows();
    for (const auto& [pid, amount] : processes) rows.add(Key{1, pid}, amount);
    return map.walk_rows(std::move(rows));
  };
  const std::string one = "c_total{job=\"1\"}";
  EXPECT_EQ(walk({{100, 50}, {200, 1}}).at(one), "51");
  EXPECT_EQ(walk({{200, 1}}).at(one), "51");
  map.clock.advance(11s);
  EXPECT_THAT(walk({{200, 1}}), IsEmpty());
  EXPECT_EQ(walk({{200, 2}}).at(one), "52");
}

TEST(ExpireAfter, DoesNotForgetTotalsThatTheMapStillHolds) {
  KeptMap map = counts("mode: accumulate, expire_after: 10s");
  map.walk({{1, 10}, {2, 20}});
  map.clock.advance(11s);
  EXPECT_THAT(map.walk({{1, 10}}), IsEmpty());
  EXPECT_THAT(map.walk({{1, 11}, {2, 5}}),
              UnorderedElementsAre(Pair(series(1), "11"), Pair(series(2), "5")));
}

TEST(DeleteExpired, DeletesWhatTheMapHolds) {
  const auto deleted = [](const std::string& mode) {
    KeptMap map = counts(mode + "expire_after: 10s, delete_expired: true");
    map.walk({{1, 10}, {2, 20}, {3, 30}});
    map.clock.advance(11s);
    map.walk({{1, 10}, {2, 21}});
    EXPECT_EQ(map.counts().deleted_keys, map.deleted.size());
    return map.deleted;
  };
  const std::string one("\1\0\0\0", 4);
  EXPECT_THAT(deleted(""), UnorderedElementsAre(one));
  // Not 3, which may have come back since the walk.
  EXPECT_THAT(deleted("mode: accumulate, "), UnorderedElementsAre(one));
  EXPECT_THAT(deleted("mode: drain, "), IsEmpty());
}

TEST(DeleteExpired, CountsOnlyWhatWasDeleted) {
  KeptMap map = counts("expire_after: 10s, delete_expired: true");
  map.walk({{1, 10}});
  map.clock.advance(11s);
  map.refusal = EPERM;
  map.walk({{1, 10}});
  EXPECT_EQ(map.counts().deleted_keys, 0U);
  EXPECT_EQ(map.counts().deletion_error, EPERM);
  map.refusal = ENOENT;  // the program was faster
  map.walk({{1, 10}});
  EXPECT_EQ(map.counts().deleted_keys, 0U);
  EXPECT_EQ(map.counts().deletion_error, 0);
  map.refusal = 0;
  map.walk({{1, 10}});
  EXPECT_EQ(map.counts().deleted_keys, 1U);
}

TEST(Top, TheEarliestTimeIsOfACpuThatHasOne) {
  KeptMap map(test::per_cpu_map(number("u32"), number("u64"), 2),
              "top: { n: 5 }, metrics: [ { gauge: t_seconds, clock: boot, aggregate: min } ]");
  RowBuilder rows = map.rows();
  rows.add_per_cpu(std::uint32_t{1}, std::vector<std::uint64_t>{0, 5'000'000'000});
  EXPECT_THAT(map.walk_rows(std::move(rows)),
              UnorderedElementsAre(Pair("t_seconds{key=\"1\"}", "5")));
}

TEST(CpuLabel, IsNoSeriesOfItsOwn) {
  KeptMap map(test::per_cpu_map(number("u32"), number("u64"), 2),
              std::string("cpu: true, max_series: 1, ") + kCounter);
  RowBuilder rows = map.rows();
  rows.add_per_cpu(std::uint32_t{1}, std::vector<std::uint64_t>{1, 2});
  rows.add_per_cpu(std::uint32_t{2}, std::vector<std::uint64_t>{3, 4});
  const Page page = map.walk_rows(std::move(rows));
  EXPECT_EQ(page.at("c_total{key=\"1\",cpu=\"1\"}"), "2");
  EXPECT_EQ(sum_of(page), 10U);
}

}  // namespace
}  // namespace bpfmap::collect
