// SPDX-License-Identifier: Apache-2.0
// Labels that are made of values: what happens when they change.
#include <random>

#include "keeping_fixture.h"

namespace bpfmap::collect {
namespace {

using test::number;
using test::structure;
using test::text;

struct Owner {
  std::uint64_t count = 0;
  char comm[8] = {};
};

kernel::MapInfo owners() {
  return test::hash_map(number("u32"),
                        structure("v", {{"count", number("u64")}, {"comm", text(8)}}));
}

constexpr const char* kBoth = "labels: { key: , comm: { value: comm } }, ";
constexpr const char* kCommOnly = "labels: { comm: { value: comm } }, ";
constexpr const char* kCountOfOwners = "metrics: [ { counter: c_total, value: count } ]";

class ValueLabelPage : public ::testing::Test {
 protected:
  void start(const std::string& labels, const std::string& settings = "",
             const std::string& metrics = kCountOfOwners) {
    map_.emplace(owners(), labels + settings + metrics);
  }
  using Entries = std::vector<std::pair<std::uint32_t, Owner>>;
  RowBuilder rows(const Entries& entries) const {
    RowBuilder built = map_->rows();
    for (const auto& [key, owner] : entries) built.add(key, owner);
    return built;
  }
  Page walk(const Entries& entries) { return map_->walk_rows(rows(entries)); }
  static std::string series(std::uint32_t key, const std::string& comm) {
    return "c_total{key=\"" + std::to_string(key) + "\",comm=\"" + comm + "\"}";
  }
  static std::string named(const std::string& comm) { return "c_total{comm=\"" + comm + "\"}"; }

  std::optional<KeptMap> map_;
};

TEST_F(ValueLabelPage, OfAMapThatIsReadAnEntryIsWhatItIsCalledNow) {
  start(kBoth);
  EXPECT_THAT(walk({{1, {10, "a"}}, {2, {20, "a"}}}),
              UnorderedElementsAre(Pair(series(1, "a"), "10"), Pair(series(2, "a"), "20")));
  EXPECT_THAT(walk({{1, {11, "b"}}, {2, {20, "a"}}}),
              UnorderedElementsAre(Pair(series(1, "b"), "11"), Pair(series(2, "a"), "20")));
}

TEST_F(ValueLabelPage, EntriesOfOneNameAreAddedUp) {
  start(kCommOnly);
  EXPECT_THAT(walk({{1, {10, "a"}}, {2, {20, "a"}}, {3, {1, "b"}}}),
              UnorderedElementsAre(Pair(named("a"), "30"), Pair(named("b"), "1")));
}

TEST_F(ValueLabelPage, RubbishBehindANameMakesNoSeries) {
  start(kBoth, "mode: accumulate, ");
  Owner dirty{12, "a"};
  dirty.comm[3] = 'x';
  walk({{1, {10, "a"}}});
  EXPECT_THAT(walk({{1, dirty}}), UnorderedElementsAre(Pair(series(1, "a"), "12")));
}

TEST_F(ValueLabelPage, TotalsStayWithTheNameUnderWhichTheyWereCounted) {
  start(kBoth, "mode: accumulate, ");
  walk({{1, {10, "a"}}});
  EXPECT_THAT(walk({{1, {12, "b"}}}),
              UnorderedElementsAre(Pair(series(1, "a"), "10"), Pair(series(1, "b"), "2")));
  EXPECT_THAT(walk({{1, {15, "b"}}}),
              UnorderedElementsAre(Pair(series(1, "a"), "10"), Pair(series(1, "b"), "5")));
  EXPECT_THAT(walk({{1, {16, "a"}}}),
              UnorderedElementsAre(Pair(series(1, "a"), "11"), Pair(series(1, "b"), "5")))
      << "back again";
}

TEST_F(ValueLabelPage, TotalsOfAnEntryThatBeganAnewUnderAnotherName) {
  start(kBoth, "mode: accumulate, ");
  walk({{1, {10, "a"}}});
  EXPECT_THAT(walk({{1, {3, "b"}}}),
              UnorderedElementsAre(Pair(series(1, "a"), "10"), Pair(series(1, "b"), "3")));
  walk({});
  EXPECT_THAT(walk({{1, {50, "c"}}}),
              UnorderedElementsAre(Pair(series(1, "a"), "10"), Pair(series(1, "b"), "3"),
                                   Pair(series(1, "c"), "50")));
}

TEST_F(ValueLabelPage, TotalsSurviveWalksThatFail) {
  start(kBoth, "mode: accumulate, ");
  walk({{1, {10, "a"}}});
  map_->failed_walk_rows(rows({}));
  EXPECT_THAT(walk({{1, {12, "b"}}}),
              UnorderedElementsAre(Pair(series(1, "a"), "10"), Pair(series(1, "b"), "2")));
  map_->failed_walk_rows(rows({{1, {13, "c"}}}));
  EXPECT_THAT(walk({{1, {14, "c"}}}),
              UnorderedElementsAre(Pair(series(1, "a"), "10"), Pair(series(1, "b"), "2"),
                                   Pair(series(1, "c"), "2")));
}

TEST_F(ValueLabelPage, OfAMapThatWasReplacedBeginAnew) {
  start(kBoth, "mode: accumulate, ");
  walk({{1, {10, "a"}}});
  map_->kept().map_was_replaced();
  EXPECT_THAT(walk({{1, {12, "a"}}}), UnorderedElementsAre(Pair(series(1, "a"), "22")));
}

TEST_F(ValueLabelPage, WhatIsTakenOutOfAMapCountsForItsName) {
  start(kBoth, "mode: drain, ");
  walk({{1, {10, "a"}}});
  EXPECT_THAT(walk({{1, {12, "b"}}}),
              UnorderedElementsAre(Pair(series(1, "a"), "10"), Pair(series(1, "b"), "12")));
  EXPECT_THAT(walk({{1, {1, "a"}}}),
              UnorderedElementsAre(Pair(series(1, "a"), "11"), Pair(series(1, "b"), "12")));
}

// Whatever happens to names, nothing is counted twice and nothing is lost.
TEST_F(ValueLabelPage, TheSumOfTotalsIsWhatWasCountedWhateverTheNames) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same every time
  const auto number_below = [&](std::uint32_t end) {
    return std::uniform_int_distribution<std::uint32_t>(0, end - 1)(random);
  };
  for (const char* most : {"", "max_series: 3, "}) {
    start(kBoth, std::string("mode: accumulate, ") + most);
    Entries entries;
    for (std::uint32_t key = 0; key < 6; ++key) entries.push_back({key, {0, "a"}});
    std::uint64_t counted = 0;
    std::map<std::string, std::uint64_t> before;
    for (int walks = 0; walks < 200; ++walks) {
      for (auto& [key, owner] : entries) {
        const std::uint32_t more = number_below(5);
        owner.count += more;
        counted += more;
        owner.comm[0] = static_cast<char>('a' + number_below(3));
      }
      const Page page = walk(entries);
      EXPECT_EQ(sum_of(page), counted);
      EXPECT_LE(page.size(), most[0] == 0 ? 18U : 4U);
      for (const auto& [name, value] : before) {
        EXPECT_GE(number_of(page, name), value) << name << " fell";
      }
      before.clear();
      for (const auto& [name, value] : page) before[name] = std::stoull(value);
    }
  }
}

TEST_F(ValueLabelPage, AnEntryThatIsFoldedStaysSoUnderAnotherName) {
  start(kBoth, "max_series: 1, ");
  EXPECT_THAT(walk({{1, {10, "a"}}, {2, {20, "a"}}}),
              UnorderedElementsAre(Pair(series(1, "a"), "10"),
                                   Pair("c_total{key=\"other\",comm=\"other\"}", "20")));
  // The first goes, there is room; but the second is in the rest already.
  EXPECT_THAT(walk({{2, {25, "b"}}}),
              UnorderedElementsAre(Pair("c_total{key=\"other\",comm=\"other\"}", "25")));
  EXPECT_THAT(walk({{2, {26, "c"}}, {3, {5, "c"}}}),
              UnorderedElementsAre(Pair("c_total{key=\"other\",comm=\"other\"}", "26"),
                                   Pair(series(3, "c"), "5")));
}

TEST_F(ValueLabelPage, AnEntryThatIsFoldedIsNotAddedToASeriesOfItsNewName) {
  start(kCommOnly, "max_series: 1, ");
  EXPECT_THAT(walk({{1, {10, "a"}}, {2, {20, "b"}}}),
              UnorderedElementsAre(Pair(named("a"), "10"), Pair(named("other"), "20")));
  EXPECT_THAT(walk({{1, {11, "a"}}, {2, {22, "a"}}}),
              UnorderedElementsAre(Pair(named("a"), "11"), Pair(named("other"), "22")));
}

TEST_F(ValueLabelPage, TheLargestAreChosenByTheNamesOfNow) {
  start(kCommOnly, "top: { n: 1 }, ");
  EXPECT_THAT(walk({{1, {10, "a"}}, {2, {20, "b"}}}),
              UnorderedElementsAre(Pair(named("b"), "20"), Pair(named("other"), "10")));
  EXPECT_THAT(walk({{1, {10, "c"}}, {2, {20, "d"}}}),
              UnorderedElementsAre(Pair(named("d"), "20"), Pair(named("other"), "10")));
}

TEST_F(ValueLabelPage, TotalsOfOneEntryAreFoldedApart) {
  start(kBoth, "mode: accumulate, top: { n: 1 }, ");
  walk({{1, {10, "a"}}});
  walk({{1, {12, "b"}}});
  EXPECT_THAT(walk({{1, {15, "b"}}}),
              UnorderedElementsAre(Pair(series(1, "a"), "10"),
                                   Pair("c_total{key=\"other\",comm=\"other\"}", "5")));
}

TEST_F(ValueLabelPage, ExpireUnderTheirOldNameAndAreDeletedByTheirKey) {
  start(kBoth, "expire_after: 10s, delete_expired: true, ");
  walk({{1, {10, "a"}}, {2, {20, "a"}}});
  map_->clock.advance(6s);
  walk({{1, {10, "b"}}, {2, {20, "a"}}});
  map_->clock.advance(6s);
  EXPECT_THAT(walk({{1, {10, "b"}}, {2, {20, "a"}}}),
              UnorderedElementsAre(Pair(series(1, "b"), "10")))
      << "another name is a change";
  EXPECT_EQ(map_->deleted, std::vector<std::string>{std::string("\x02\0\0\0", 4)});
}

TEST_F(ValueLabelPage, AreFilteredAsOthers) {
  start("labels: { key: , comm: { value: comm, keep: \"a.*\" } }, ");
  EXPECT_THAT(walk({{1, {10, "ab"}}, {2, {20, "ba"}}}),
              UnorderedElementsAre(Pair(series(1, "ab"), "10")));
  EXPECT_THAT(walk({{1, {10, "ba"}}, {2, {20, "ab"}}}),
              UnorderedElementsAre(Pair(series(2, "ab"), "20")));
}

TEST_F(ValueLabelPage, ZeroIsSkippedWhateverItsName) {
  start(kBoth, "skip_zero: true, ");
  EXPECT_THAT(walk({{1, {0, "a"}}, {2, {1, ""}}}), UnorderedElementsAre(Pair(series(2, ""), "1")));
}

TEST(ValueLabelHistogram, HasTheBucketsOfEachName) {
  const auto key = structure("k", {{"pid", number("u32")}, {"slot", number("u32")}});
  KeptMap map(test::hash_map(key, structure("v", {{"count", number("u64")}, {"comm", text(8)}})),
              "labels: { comm: { value: comm } }, metrics: [ { histogram: h, bucket: slot, value: "
              "count, buckets: { scale: linear, max: 1 } } ]");
  struct Key {
    std::uint32_t pid, slot;
  };
  RowBuilder rows = map.rows();
  rows.add(Key{1, 0}, Owner{3, "a"});
  rows.add(Key{1, 1}, Owner{4, "a"});
  rows.add(Key{2, 1}, Owner{5, "b"});
  const Page page = map.walk_rows(std::move(rows));
  EXPECT_EQ(page.at("h_bucket{comm=\"a\",le=\"0\"}"), "3");
  EXPECT_EQ(page.at("h_bucket{comm=\"a\",le=\"1\"}"), "7");
  EXPECT_EQ(page.at("h_count{comm=\"b\"}"), "5");
  EXPECT_EQ(page.size(), 8U);
}

TEST(ValueLabelHistogram, OfAnArrayMovesWithItsName) {
  const auto value = structure("v", {{"slots", test::array(number("u64"), 2)}, {"comm", text(8)}});
  struct Value {
    std::uint64_t slots[2];
    char comm[8];
  };
  KeptMap map(test::hash_map(number("u32"), value),
              "mode: accumulate, labels: { comm: { value: comm } }, metrics: [ { histogram: h, "
              "value: slots, buckets: { scale: linear } } ]");
  RowBuilder first = map.rows();
  first.add(std::uint32_t{1}, Value{{3, 4}, "a"});
  map.walk_rows(std::move(first));
  RowBuilder second = map.rows();
  second.add(std::uint32_t{1}, Value{{3, 6}, "b"});
  const Page page = map.walk_rows(std::move(second));
  EXPECT_EQ(page.at("h_count{comm=\"a\"}"), "7");
  EXPECT_EQ(page.at("h_bucket{comm=\"b\",le=\"0\"}"), "0");
  EXPECT_EQ(page.at("h_count{comm=\"b\"}"), "2");
}

TEST(ValueLabelPerCpu, IsTheNameThatSomeCpuHas) {
  const auto value = structure("v", {{"count", number("u64")}, {"comm", text(8)}});
  KeptMap map(test::per_cpu_map(number("u32"), value, 3),
              "mode: accumulate, labels: { comm: { value: comm } }, metrics: [ { counter: c_total, "
              "value: count } ]");
  RowBuilder rows = map.rows();
  rows.add_per_cpu(std::uint32_t{1}, std::vector<Owner>{{1, ""}, {2, "a"}, {4, "b"}});
  EXPECT_THAT(map.walk_rows(std::move(rows)),
              UnorderedElementsAre(Pair("c_total{comm=\"a\"}", "7")));
}

}  // namespace
}  // namespace bpfmap::collect
