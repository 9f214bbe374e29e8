// SPDX-License-Identifier: Apache-2.0
// Pages for scrapes that have a time, or want some of the configurations only.
#include <cerrno>
#include <chrono>
#include <thread>

#include "collect/collector.h"
#include "collect/page.h"
#include "support/metrics_page.h"
#include "unit/collect/collect_fixture.h"

namespace bpfmap::collect {
namespace {

using test::MetricsPage;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::uint32_t kRows = 8 * 4096;  // eight batches: the scrape alone walks four

TimePoint in(Duration time) { return std::chrono::steady_clock::now() + time; }

class ScrapeTest : public test::BoundedTest {
 protected:
  // The slow map is the first one.
  ScrapeTest() {
    slow_->on_batch = [&] { clock_.advance(100ms); };
    for (std::uint32_t key = 0; key < kRows; ++key) slow_->append(key, std::uint64_t{1});
    quick_->set(std::uint32_t{1}, std::uint64_t{7});
    collector_.add_config("cfg", "01", nullptr);
    collector_.add_map(source_of(counts("slow", 2 * kRows), slow_));
    collector_.add_map(source_of(counts("quick"), quick_));
  }
  ~ScrapeTest() override { slow_->batches.open(); }

  std::string page(const Scrape& scrape) {
    Page page(collector_, scrape);
    const auto is_whole = page.make_whole_soon();
    EXPECT_TRUE(is_whole);
    std::string text;
    if (is_whole && *is_whole) text = page.whole().to_string();
    while (is_whole && !*is_whole) {
      const auto chunk = page.next();
      EXPECT_TRUE(chunk);
      if (!chunk || *chunk == nullptr) break;
      text.append((*chunk)->bytes.get(), (*chunk)->size);
    }
    return scrape.as.encoding == Encoding::kGzip ? gunzip(text) : text;
  }
  std::string page_in(Duration time) { return page({.deadline = in(time)}); }

  // The slow map stands still where it is read until it is opened.
  void hold(int batches) {
    slow_->batches.close();
    for (int i = 0; i < batches; ++i) slow_->batches.let_one_pass();
  }
  void let_go() {
    slow_->batches.open();
    collector_.samplers()[0]->fresh();
  }

  static double timeouts(const std::string& page) {
    return MetricsPage(page).value_or(
        "bpfmap_exporter_sample_errors_total{config=\"cfg\",map=\"slow\",reason=\"timeout\"}", 0);
  }
  static double success(const std::string& page, const std::string& map) {
    return MetricsPage(page).value("bpfmap_exporter_sample_success{config=\"cfg\",map=\"" + map +
                                   "\"}");
  }

  std::shared_ptr<FakeMap> slow_ = std::make_shared<FakeMap>(counts("slow", 2 * kRows).shape);
  std::shared_ptr<FakeMap> quick_ = std::make_shared<FakeMap>(counts("quick").shape);
  FakeClock clock_;
  Collector collector_{std::make_shared<SelfMetrics>("1.2.3"), clock_,
                       std::make_shared<host::Host>()};
};

TEST_F(ScrapeTest, AMapThatIsNotWholeInTimeIsLeftOutAndTheOthersAreThere) {
  for (const int batches : {0, 1, 5}) {
    hold(batches);
    for (const Encoding encoding : {Encoding::kIdentity, Encoding::kGzip}) {
      const std::string late = page({.as = {.encoding = encoding}, .deadline = in(20ms)});
      EXPECT_THAT(late, StartsWith("# TYPE quick_total counter\nquick_total{key=\"1\"} 7\n"));
      EXPECT_THAT(late, Not(HasSubstr("slow_total")));
      EXPECT_EQ(success(late, "slow"), 0);
      EXPECT_EQ(success(late, "quick"), 1);
    }
    let_go();
    const std::string in_time = page_in(1h);
    EXPECT_EQ(MetricsPage(in_time).samples_of("slow_total{").size(), kRows);
    EXPECT_EQ(success(in_time, "slow"), 1);
    clock_.advance(2s);
  }
  EXPECT_EQ(timeouts(page_in(1h)), 6);
}

// Its last walk was well, and it is the page that leaves it out.
TEST_F(ScrapeTest, SuccessIsThatOfThePage) {
  EXPECT_EQ(success(page_in(1h), "slow"), 1);
  clock_.advance(2s);
  hold(5);
  const std::string late = page_in(10ms);
  EXPECT_EQ(success(late, "slow"), 0);
  EXPECT_EQ(MetricsPage(late).value("bpfmap_exporter_map_entries{config=\"cfg\",map=\"slow\"}"),
            kRows);
  EXPECT_EQ(success(collector_.own_metrics(exposition::Format::kText).to_string(), "slow"), 1)
      << "for all other pages";
}

TEST_F(ScrapeTest, AWalkGoesOnForLaterScrapes) {
  hold(1);
  for (int i = 0; i < 3; ++i) {
    clock_.advance(2s);  // beyond max_age
    EXPECT_THAT(page_in(10ms), Not(HasSubstr("slow_total")));
  }
  let_go();
  EXPECT_EQ(MetricsPage(page_in(1h)).samples_of("slow_total{").size(), kRows);
  EXPECT_LE(slow_->walks(), 2) << "the one that was held, and at most one behind it";
}

// Waiting for another behind it would be the surest way to be late.
TEST_F(ScrapeTest, TakesTheWalkThatIsUnderWayWheneverItBegan) {
  page_in(1h);
  clock_.advance(2s);
  hold(1);
  EXPECT_THAT(page_in(10ms), Not(HasSubstr("slow_total")));
  clock_.advance(1h);
  std::string second;
  const int asked = clock_.asked();
  std::thread scraper([&] { second = page_in(30s); });
  clock_.wait_until_asked(asked + 1);
  slow_->batches.open();
  scraper.join();
  EXPECT_EQ(MetricsPage(second).samples_of("slow_total{").size(), kRows);
}

// A map that was quick to walk, and stands still behind what a scrape walks of it itself.
TEST_F(ScrapeTest, AMapThatWasQuickIsLeftOutAsWell) {
  slow_->on_batch = nullptr;
  page_in(1h);
  clock_.advance(2s);
  hold(4);
  EXPECT_THAT(page_in(10ms), Not(HasSubstr("slow_total")));
}

// What has begun to be sent cannot be left out: it begins where it is likely to end in time.
TEST_F(ScrapeTest, IsGivenInPartsOnlyWhereItIsExpectedInTime) {
  page_in(1h);  // which takes 800 ms
  clock_.advance(2s);
  hold(5);
  EXPECT_THAT(page_in(10ms), Not(HasSubstr("slow_total"))) << "not begun";
  let_go();
  clock_.advance(2s);
  hold(5);
  // Beside the slow one's walk, which moves the clock, its own could take long.
  collector_.samplers()[1]->fresh();
  Page parts(collector_, {.deadline = in(1h)});
  EXPECT_FALSE(parts.make_whole_soon().value());
  std::string text;
  while (text.find("slow_total{key=\"0\"}") == std::string::npos) {
    const auto chunk = parts.next();
    ASSERT_TRUE(chunk && *chunk != nullptr);
    text.append((*chunk)->bytes.get(), (*chunk)->size);
  }
  EXPECT_THAT(text, HasSubstr("quick_total{key=\"1\"} 7\n")) << "what is there comes first";
  slow_->batches.open();
}

TEST_F(ScrapeTest, ATimeThatIsOverIsNoneForAnything) {
  page_in(1h);
  const std::string at_once = page_in(-1s);
  EXPECT_EQ(MetricsPage(at_once).samples_of("slow_total{").size(), kRows) << "it is there";
  clock_.advance(2s);
  hold(1);
  EXPECT_THAT(page_in(-1s), Not(HasSubstr("slow_total")));
}

TEST_F(ScrapeTest, TheLogSaysOnceThatAMapIsLateAndOnceThatItIsInTimeAgain) {
  const auto said_in = [&](Duration time) {
    testing::internal::CaptureStderr();
    page_in(time);
    return testing::internal::GetCapturedStderr();
  };
  hold(1);
  EXPECT_THAT(said_in(10ms), HasSubstr("map takes longer than scrapes wait"));
  EXPECT_EQ(said_in(10ms), "");
  let_go();
  EXPECT_THAT(said_in(1h), HasSubstr("\"map is read in time again\" config=cfg map=slow\n"));
  EXPECT_EQ(said_in(1h), "");
  clock_.advance(2s);
  hold(1);
  EXPECT_THAT(said_in(10ms), HasSubstr("map takes longer than scrapes wait"));
}

TEST_F(ScrapeTest, AFailedWalkIsNoTimeout) {
  slow_->fail_with(EPERM);
  const std::string failed = page_in(1h);
  EXPECT_EQ(success(failed, "slow"), 0);
  EXPECT_EQ(timeouts(failed), 0);
}

TEST_F(ScrapeTest, CancelledWalksAreNoPage) {
  collector_.samplers()[0]->cancel();
  Page page(collector_, {.deadline = in(1h)});
  EXPECT_FALSE(page.make_whole_soon());
}

TEST_F(ScrapeTest, ChosenConfigurationsAreAllThatIsWalked) {
  const auto only_of = [](const std::string& wanted) {
    return [wanted](const std::string& config) { return config == wanted; };
  };
  const std::string none = page({.wants = only_of("other")});
  EXPECT_THAT(none, StartsWith("# HELP bpfmap_exporter_"));
  EXPECT_EQ(slow_->walks() + quick_->walks(), 0);
  EXPECT_EQ(MetricsPage(page({.deadline = in(1h), .wants = only_of("cfg")}))
                .samples_of("quick_total{")
                .size(),
            1U);
  // No scrape gets the page of another one.
  EXPECT_THAT(page({}), HasSubstr("quick_total"));
  EXPECT_THAT(page({.as = {.encoding = Encoding::kGzip}, .wants = only_of("other")}),
              Not(HasSubstr("quick_total")));
}

}  // namespace
}  // namespace bpfmap::collect
