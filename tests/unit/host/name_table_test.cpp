// SPDX-License-Identifier: Apache-2.0
#include "host/tables/name_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "host/host_names.h"

namespace bpfmap::host {
namespace {

constexpr TableKind kThings{"things", "things", 15, "0123456789"};
constexpr TableKind kRepeating{"things", "things", 15, "0123456789", /*may_repeat=*/true};

std::string text_of(const Name* name) { return name == nullptr ? "(none)" : name->text; }

TEST(SharedTable, IsReadOnceForAllViewsThatBeganBefore) {
  int reads = 0;
  SharedTable table(kThings, [&reads] {
    ++reads;
    return std::vector<Row>{{1, "one"}};
  });
  TableView first(table);
  TableView second(table);
  first.begin(SteadyClock().now());
  second.begin(SteadyClock().now());
  EXPECT_EQ("one", text_of(first.find(1)));
  EXPECT_EQ("one", text_of(second.find(1)));
  EXPECT_EQ(1, reads);
  second.begin(SteadyClock().now());
  EXPECT_EQ("one", text_of(second.find(1)));
  EXPECT_EQ(2, reads) << "a view that begins later wants to see what is true then";
}

TEST(SharedTable, IsNotReadAgainWhenItsTestSaysThatNothingHasChanged) {
  int reads = 0;
  bool has_changed = true;
  SharedTable table(
      kThings,
      [&reads] {
        ++reads;
        return std::vector<Row>{{1, "version " + std::to_string(reads)}};
      },
      [&has_changed] { return has_changed; });
  TableView view(table);
  view.begin(SteadyClock().now());
  EXPECT_EQ("version 1", text_of(view.find(1)));
  has_changed = false;
  view.begin(SteadyClock().now());
  EXPECT_EQ("version 1", text_of(view.find(1)));
  has_changed = true;
  view.begin(SteadyClock().now());
  EXPECT_EQ("version 2", text_of(view.find(1)));
}

TEST(SharedTable, IsTriedAgainAfterAFailureWhateverItsTestSays) {
  bool works = false;
  SharedTable table(
      kThings,
      [&works]() -> std::optional<std::vector<Row>> {
        if (!works) return std::nullopt;
        return std::vector<Row>{{1, "one"}};
      },
      [] { return false; });
  TableView view(table);
  view.begin(SteadyClock().now());
  EXPECT_EQ("(none)", text_of(view.find(1)));
  works = true;
  view.begin(SteadyClock().now());
  EXPECT_EQ("one", text_of(view.find(1)));
}

TEST(SharedTable, CountsWhatWasLookedUp) {
  SharedTable table(kThings, [] { return std::vector<Row>{{1, "one"}, {2, "two"}}; });
  EXPECT_EQ(0u, table.statistics().entries);
  TableView view(table);
  view.begin(SteadyClock().now());
  for (std::uint64_t id = 0; id < 10; ++id) view.find(id);
  view.count();
  view.count();
  const CacheStatistics statistics = table.statistics();
  EXPECT_EQ("things", statistics.cache);
  EXPECT_EQ(2u, statistics.entries);
  EXPECT_EQ(9u, statistics.hits);
  EXPECT_EQ(1u, statistics.misses);
}

TEST(NameTable, NamesOfSeveralIdsAreAmbiguousWhereTheyMayRepeat) {
  const NameTable table(kRepeating, {{1, "same"}, {2, "other"}, {3, "same"}, {4, "17"}});
  EXPECT_EQ("same", text_of(table.find(1)));
  EXPECT_EQ("same", text_of(table.find(3)));
  EXPECT_TRUE(table.find(1)->ambiguous);
  EXPECT_TRUE(table.find(3)->ambiguous);
  EXPECT_FALSE(table.find(2)->ambiguous);
  EXPECT_TRUE(table.find(4)->ambiguous);
}

TEST(Host, TellsOfItsCaches) {
  const auto host = std::make_shared<Host>(
      [] {
        return std::vector<Row>{{1, "lo"}};
      },
      [] { return std::vector<Row>(); });
  HostNames names(host);
  names.begin_rendering();
  for (int i = 0; i < 5; ++i) names.interface(1);
  names.end_rendering();
  const std::vector<CacheStatistics> all = host->statistics();
  const auto interfaces = std::find_if(
      all.begin(), all.end(), [](const CacheStatistics& one) { return one.cache == "interfaces"; });
  ASSERT_NE(all.end(), interfaces);
  EXPECT_EQ(1u, interfaces->entries);
  EXPECT_EQ(4u, interfaces->hits);
  EXPECT_EQ(1u, interfaces->misses);
}

}  // namespace
}  // namespace bpfmap::host
