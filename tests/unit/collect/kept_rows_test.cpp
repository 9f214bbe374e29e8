// SPDX-License-Identifier: Apache-2.0
#include "collect/keep/kept_rows.h"

#include "collect/sample/map_sample.h"
#include "collect/self/self_metrics.h"
#include "keeping_fixture.h"
#include "sample_texts.h"
#include "support/fake_map_reader.h"

namespace bpfmap::collect {
namespace {

// A map behind a feed, sampled as the collector does it.
class KeptSample : public ::testing::Test {
 protected:
  void start(const std::string& settings) {
    auto plan = rows_plan(u64_counts(), settings);
    feed_ = kept_feed("hash", std::make_unique<test::FakeMapReader>(map_), std::move(plan.samples),
                      *std::move(plan.keeping), clock_, std::make_shared<host::Host>(), {});
    observer_ = self_.observe_map("cfg", "m");
    sampler_.emplace(MapSource{"cfg", "m", std::move(feed_), 5s, 1s}, clock_, *observer_,
                     std::make_shared<host::Host>());
  }

  std::shared_ptr<const MapSample> sample() {
    clock_.advance(2s);
    return sampler_->fresh();
  }

  // The exporter's own series of that name: reason to value.
  std::map<std::string, double> own(const std::string& name) {
    std::map<std::string, double> found;
    for (const auto& family : self_.collect()) {
      if (family.name != "bpfmap_exporter_" + name) continue;
      for (const auto& metric : family.metric) {
        std::string reason;
        for (const auto& label : metric.label) {
          if (label.name == "reason") reason = label.value;
        }
        found[reason] = metric.gauge.value + metric.counter.value;
      }
    }
    return found;
  }

  test::FakeClock clock_;
  SelfMetrics self_{"1.2.3"};
  std::shared_ptr<SampleObserver> observer_;
  std::shared_ptr<test::FakeMap> map_ = std::make_shared<test::FakeMap>(u64_counts().shape);
  std::unique_ptr<MapFeed> feed_;
  std::optional<MapSampler> sampler_;
};

TEST_F(KeptSample, CountsTheEntriesOfTheMapAndWhatIsMissing) {
  start(
      "max_series: 1, expire_after: 10s, labels: { key: { drop: \"9\" } }, "
      "metrics: [ { counter: c_total } ]");
  for (const std::uint32_t key : {9U, 1U, 2U, 3U}) map_->set(key, std::uint64_t{key});
  EXPECT_EQ(sample()->entries(), 4U);
  EXPECT_EQ(own("map_entries").at(""), 4);
  using ::testing::ElementsAre;
  EXPECT_THAT(own("missing_series"),
              ElementsAre(Pair("expired", 0), Pair("filter", 1), Pair("folded", 2)));
  clock_.advance(10s);
  map_->set(3U, std::uint64_t{4});
  EXPECT_EQ(sample()->kept()->left_out.expired, 2U);
  EXPECT_THAT(own("missing_series"),
              ElementsAre(Pair("expired", 2), Pair("filter", 1), Pair("folded", 1)));
  sample();
  EXPECT_THAT(own("dropped_series_total"),
              ElementsAre(Pair("expired", 2), Pair("filter", 1), Pair("folded", 2)));
}

TEST_F(KeptSample, OfAFailedWalkChangesNothing) {
  start("mode: accumulate, max_series: 1, metrics: [ { counter: c_total } ]");
  map_->set(1U, std::uint64_t{1});
  map_->set(2U, std::uint64_t{2});
  sample();
  map_->fail_with(EIO);
  const auto failed = sample();
  EXPECT_TRUE(failed->error());
  EXPECT_FALSE(failed->kept());
  EXPECT_EQ(own("missing_series").at("folded"), 1);
  map_->fail_with(0);
  EXPECT_FALSE(sample()->error());
}

TEST_F(KeptSample, WalksAnewForEverySample) {
  start("mode: accumulate, metrics: [ { counter: c_total } ]");
  for (std::uint32_t key = 0; key < 1000; ++key) map_->set(key, std::uint64_t{1});
  const auto first = sample();
  map_->set(7U, std::uint64_t{5});
  const auto second = sample();
  EXPECT_THAT(plain_text(*first), ::testing::HasSubstr("c_total{key=\"7\"} 1\n"));
  EXPECT_THAT(plain_text(*second), ::testing::HasSubstr("c_total{key=\"7\"} 5\n"));
  EXPECT_EQ(std::ranges::count(plain_text(*second), '\n'), 1001);
}

}  // namespace
}  // namespace bpfmap::collect
