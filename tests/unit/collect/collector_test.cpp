// SPDX-License-Identifier: Apache-2.0
#include "collect/collector.h"
#include "collect/page.h"

#include <cerrno>
#include <thread>

#include "support/metrics_page.h"
#include "unit/collect/collect_fixture.h"

namespace bpfmap::collect {
namespace {

using test::MetricsPage;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;

// What stands before the exporter's own metrics.
std::string maps_of(const std::string& page) {
  return page.substr(0, page.find("# HELP bpfmap_exporter_"));
}

class CollectorTest : public test::BoundedTest {
 protected:
  CollectorTest() {
    collector_.add_config("cfg", "0123abcd", nullptr);
    first_->set(std::uint32_t{1}, std::uint64_t{10});
    second_->set(std::uint32_t{2}, std::uint64_t{20});
    second_->set(std::uint32_t{3}, std::uint64_t{30});
    collector_.add_map(source_of(counts("first", 100), first_));
    collector_.add_map(source_of(counts("second", 200), second_));
  }

  std::string text() { return whole_page(collector_).to_string(); }
  MetricsPage page() { return MetricsPage(text()); }

  static std::string of_map(const std::string& name, const std::string& map) {
    return "bpfmap_exporter_" + name + "{config=\"cfg\",map=\"" + map + "\"}";
  }

  FakeClock clock_;
  Collector collector_{std::make_shared<SelfMetrics>("1.2.3"), clock_,
                       std::make_shared<host::Host>()};
  std::shared_ptr<FakeMap> first_ = std::make_shared<FakeMap>(counts("first", 100).shape);
  std::shared_ptr<FakeMap> second_ = std::make_shared<FakeMap>(counts("second", 200).shape);
};

constexpr const char* kBoth =
    "# TYPE first_total counter\nfirst_total{key=\"1\"} 10\n"
    "# TYPE second_total counter\nsecond_total{key=\"2\"} 20\nsecond_total{key=\"3\"} 30\n";

TEST_F(CollectorTest, APageHasEveryMapAndTheExportersOwnMetrics) {
  const std::string page = text();
  EXPECT_EQ(maps_of(page), kBoth);
  // Taken apart, which fails for whatever stands there twice.
  EXPECT_THAT(
      MetricsPage(page).names(),
      IsSupersetOf({"first_total", "second_total", "bpfmap_exporter_build_info",
                    "bpfmap_exporter_config_info", "bpfmap_exporter_map_entries",
                    "bpfmap_exporter_map_max_entries", "bpfmap_exporter_sample_success",
                    "bpfmap_exporter_sample_duration_seconds", "bpfmap_exporter_sample_age_seconds",
                    "bpfmap_exporter_decode_errors_total", "bpfmap_exporter_scrapes_total",
                    "process_cpu_seconds_total", "process_resident_memory_bytes"}));
}

TEST_F(CollectorTest, TheExportersOwnMetricsSayWhatIs) {
  first_->on_batch = [&] { clock_.advance(20ms); };
  second_->on_batch = [&] { clock_.advance(300ms); };
  const MetricsPage page = this->page();
  EXPECT_EQ(page.value("bpfmap_exporter_build_info{version=\"1.2.3\"}"), 1);
  EXPECT_EQ(page.value("bpfmap_exporter_config_info{config=\"cfg\",sha256=\"0123abcd\"}"), 1);
  EXPECT_EQ(page.value(of_map("map_entries", "first")), 1);
  EXPECT_EQ(page.value(of_map("map_entries", "second")), 2);
  EXPECT_EQ(page.value(of_map("map_max_entries", "first")), 100);
  EXPECT_EQ(page.value(of_map("map_max_entries", "second")), 200);
  EXPECT_EQ(page.value(of_map("sample_success", "first")), 1);
  EXPECT_EQ(page.value(of_map("sample_duration_seconds", "first")), 0.02);
  EXPECT_EQ(page.value(of_map("sample_duration_seconds", "second")), 0.3);
  EXPECT_EQ(page.value(of_map("sample_age_seconds", "first")), 0.02);
  EXPECT_EQ(page.value(of_map("sample_age_seconds", "second")), 0.3);
  EXPECT_EQ(page.value(of_map("decode_errors_total", "first")), 0);
  for (const auto& [family, type] : page.types()) {
    const bool is_total = family.ends_with("_total");
    EXPECT_EQ(type, is_total ? "counter" : "gauge") << family;
    if (!family.starts_with("first") && !family.starts_with("second")) {
      EXPECT_TRUE(page.helps().contains(family)) << family;
    }
  }
}

TEST_F(CollectorTest, GzipIsTheSamePageCompressed) {
  const std::string plain = text();
  const std::string compressed = whole_page(collector_, {.encoding = Encoding::kGzip}).to_string();
  ASSERT_THAT(compressed, StartsWith("\x1f\x8b"));
  const std::string unpacked = gunzip(compressed);
  EXPECT_EQ(maps_of(unpacked), kBoth);
  EXPECT_EQ(maps_of(unpacked), maps_of(plain));
  EXPECT_EQ(first_->walks(), 1);
  const MetricsPage before(plain);
  const MetricsPage after(unpacked);
  EXPECT_THAT(after.names(), IsSupersetOf(before.names()));
  EXPECT_EQ(after.value(of_map("map_entries", "second")), 2);
}

TEST_F(CollectorTest, ScrapesAreCountedByFormatAndEncoding) {
  text();
  text();
  whole_page(collector_, {.encoding = Encoding::kGzip});
  const MetricsPage page = this->page();
  EXPECT_EQ(page.value("bpfmap_exporter_scrapes_total{encoding=\"identity\",format=\"text\"}"), 3);
  EXPECT_EQ(page.value("bpfmap_exporter_scrapes_total{encoding=\"gzip\",format=\"text\"}"), 1);
}

TEST_F(CollectorTest, AMapThatFailsIsLeftOutWholeAndTheOthersAreThere) {
  text();
  first_->fail_with(EPERM);
  clock_.advance(2s);
  const std::string failed = text();
  EXPECT_EQ(
      maps_of(failed),
      "# TYPE second_total counter\nsecond_total{key=\"2\"} 20\nsecond_total{key=\"3\"} 30\n");
  EXPECT_THAT(failed, Not(HasSubstr("first_total")));
  const MetricsPage page(failed);
  EXPECT_EQ(page.value(of_map("sample_success", "first")), 0);
  EXPECT_EQ(page.value(of_map("sample_success", "second")), 1);
  const std::string errors =
      "bpfmap_exporter_sample_errors_total{config=\"cfg\",map=\"first\",reason=";
  EXPECT_EQ(page.value(errors + "\"EPERM\"}"), 1);
  EXPECT_EQ(page.samples_of("bpfmap_exporter_sample_errors_total").size(), 1U);

  EXPECT_EQ(maps_of(gunzip(whole_page(collector_, {.encoding = Encoding::kGzip}).to_string())),
            maps_of(failed));
  clock_.advance(2s);
  text();
  for (const int code : {524, 0x7777, ENOMEM}) {
    first_->fail_with(code);
    clock_.advance(2s);
    text();
  }
  first_->fail_with(0);
  clock_.advance(2s);
  const std::string recovered = text();
  EXPECT_EQ(maps_of(recovered), kBoth);
  const MetricsPage after(recovered);
  EXPECT_EQ(after.value(of_map("sample_success", "first")), 1);
  EXPECT_EQ(after.value(errors + "\"EPERM\"}"), 2);
  EXPECT_EQ(after.value(errors + "\"ENOTSUPP\"}"), 1);
  EXPECT_EQ(after.value(errors + "\"errno_30583\"}"), 1);
  EXPECT_EQ(after.value(errors + "\"ENOMEM\"}"), 1);
}

TEST_F(CollectorTest, TheAgeGrowsUntilTheNextWalk) {
  text();
  clock_.advance(1s);
  EXPECT_EQ(page().value(of_map("sample_age_seconds", "first")), 1);
  clock_.advance(1ms);
  EXPECT_EQ(page().value(of_map("sample_age_seconds", "first")), 0);
}

TEST_F(CollectorTest, DecodeErrorsAreCountedOnceARendering) {
  kernel::MapInfo info = test::hash_map(test::number("u64"), test::number("u64"), "third");
  const auto map = std::make_shared<FakeMap>(info.shape);
  map->set(std::uint64_t{1} << 40U, std::uint64_t{1});
  decode::SamplePlan plan =
      plan_of(info,
              "labels: { dev: { field: key, decode: { majorminor: { encoding: kernel } } } },"
              " metrics: [ { counter: third_total } ]");
  collector_.add_map(
      {"cfg", "third",
       fixed_feed("hash", std::make_unique<test::FakeMapReader>(map), std::move(plan)), 5s, 1s});
  EXPECT_EQ(page().value(of_map("decode_errors_total", "third")), 1);
  EXPECT_EQ(page().value(of_map("decode_errors_total", "third")), 1);
  clock_.advance(2s);
  EXPECT_EQ(page().value(of_map("decode_errors_total", "third")), 2);
}

TEST_F(CollectorTest, IsReadyWhenEveryMapWasWalkedOrFailed) {
  EXPECT_FALSE(collector_.ready());
  collector_.samplers()[0]->fresh();
  EXPECT_FALSE(collector_.ready());
  second_->fail_with(EPERM);
  collector_.samplers()[1]->sample_if_due();
  EXPECT_TRUE(collector_.ready());
}

TEST(EmptyCollector, IsReadyAndHasItsOwnMetrics) {
  const FakeClock clock;
  Collector collector(std::make_shared<SelfMetrics>("1"), clock, std::make_shared<host::Host>());
  EXPECT_TRUE(collector.ready());
  const MetricsPage page(whole_page(collector).to_string());
  EXPECT_EQ(page.value("bpfmap_exporter_build_info{version=\"1\"}"), 1);
  EXPECT_FALSE(page.names().contains("bpfmap_exporter_map_entries"));
}

TEST(EmptyCollector, TellsOfTheCachesThatAreUsed) {
  const FakeClock clock;
  const auto host = std::make_shared<host::Host>(
      [] {
        return std::vector<host::Row>{{1, "lo"}, {2, "eth0"}};
      },
      [] { return std::vector<host::Row>(); });
  Collector collector(std::make_shared<SelfMetrics>("1"), clock, host);
  host::HostNames names(host);
  for (int i = 0; i < 4; ++i) names.interface(1);
  names.end_rendering();
  const MetricsPage page(whole_page(collector).to_string());
  EXPECT_EQ(page.value("bpfmap_exporter_name_cache_entries{cache=\"interfaces\"}"), 2);
  EXPECT_EQ(page.value("bpfmap_exporter_name_cache_hits_total{cache=\"interfaces\"}"), 3);
  EXPECT_EQ(page.value("bpfmap_exporter_name_cache_misses_total{cache=\"interfaces\"}"), 1);
  EXPECT_FALSE(page.has("bpfmap_exporter_name_cache_hits_total{cache=\"block_devices\"}"));
}

TEST_F(CollectorTest, APageStaysWhatItWasWhenTheNextOneIsMade) {
  const exposition::Body before = whole_page(collector_);
  first_->set(std::uint32_t{1}, std::uint64_t{11});
  clock_.advance(2s);
  EXPECT_THAT(text(), HasSubstr("first_total{key=\"1\"} 11\n"));
  EXPECT_EQ(maps_of(before.to_string()), kBoth);
}

// One scrape waits for a slow map; another one that needs nothing new gets through.
TEST_F(CollectorTest, AScrapeThatWaitsHoldsUpNoOther) {
  collector_.samplers()[0]->fresh();
  second_->batches.close();
  std::thread slow([&] { EXPECT_EQ(maps_of(text()), kBoth); });
  second_->batches.wait_for_arrivals(1);
  EXPECT_FALSE(collector_.ready());
  EXPECT_NE(collector_.samplers()[0]->fresh(), nullptr);
  second_->batches.open();
  slow.join();
}

TEST_F(CollectorTest, ManyScrapesAtATimeCostOneWalk) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&, i] {
      if (i % 3 == 0) {
        EXPECT_EQ(
            maps_of(gunzip(whole_page(collector_, {.encoding = Encoding::kGzip}).to_string())),
            kBoth);
      } else {
        EXPECT_EQ(maps_of(text()), kBoth);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(first_->walks(), 1);
  EXPECT_EQ(second_->walks(), 1);
}

}  // namespace
}  // namespace bpfmap::collect
