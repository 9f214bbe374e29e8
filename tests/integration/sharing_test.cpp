// SPDX-License-Identifier: Apache-2.0
// Scrapes that come together share what one walk has found.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <chrono>
#include <thread>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

using std::chrono::steady_clock;

constexpr int kScrapers = 8;

class Sharing : public BpfTest {
 protected:
  // All system calls in one number, which is different in every walk.
  std::string config(const std::string& interval, const std::string& max_age) {
    return directory_.write(
        "calls.yaml", "builtin: syscalls\ninterval: " + interval + "\nmax_age: " + max_age + R"(
maps: [ { map: syscalls, labels: {}, metrics: [ { counter: calls_total, value: count, help: All. } ] } ]
)");
  }
  TemporaryDirectory directory_;
};

// What each of several scrapers sees that ask at the same time.
std::vector<double> scrape_together(const ExporterProcess& exporter) {
  std::vector<double> totals(kScrapers);
  std::barrier ready(kScrapers);
  std::vector<std::thread> scrapers;
  for (double& total : totals) {
    scrapers.emplace_back([&] {
      ready.arrive_and_wait();
      total = exporter.scrape().value("calls_total");
    });
  }
  for (std::thread& scraper : scrapers) scraper.join();
  return totals;
}

double age_of(const MetricsPage& page) {
  return page.value(R"(bpfmap_exporter_sample_age_seconds{config="calls",map="syscalls"})");
}

TEST_F(Sharing, ScrapersThatComeTogetherShareOneWalk) {
  constexpr auto kMaxAge = std::chrono::seconds(2);
  ExporterProcess exporter({"--config=" + config("1h", "2s")});
  std::vector<double> totals;
  std::chrono::duration<double> taken{};
  double before = 0;
  // Where the scrapers take so long that a sample becomes too old meanwhile, they have
  // to try again.
  do {
    before = exporter.scrape().value("calls_total");
    std::this_thread::sleep_until(steady_clock::now() + kMaxAge);  // until its sample is too old
    const auto begun = steady_clock::now();
    totals = scrape_together(exporter);
    taken = steady_clock::now() - begun;
  } while (taken > kMaxAge);
  EXPECT_GT(totals.front(), before);
  EXPECT_THAT(totals, ::testing::Each(totals.front()));
  exporter.stop();
}

TEST_F(Sharing, SampleIsServedUntilItIsTooOld) {
  ExporterProcess exporter({"--config=" + config("1h", "1h")});
  const MetricsPage first = exporter.scrape();
  const MetricsPage second = exporter.scrape();
  EXPECT_EQ(second.value("calls_total"), first.value("calls_total"));
  EXPECT_GT(age_of(second), age_of(first));
  exporter.stop();
}

TEST_F(Sharing, ScrapeTakesAFreshSampleWhereTheLastIsTooOld) {
  ExporterProcess exporter({"--config=" + config("1h", "1ns")});
  const double first = exporter.scrape().value("calls_total");
  EXPECT_GT(exporter.scrape().value("calls_total"), first);
  exporter.stop();
}

TEST_F(Sharing, MapsAreSampledWithoutScrapes) {
  ExporterProcess exporter({"--config=" + config("50ms", "1h")});
  const double first = exporter.scrape().value("calls_total");
  // No scrape takes a sample here: whatever is new comes from the interval.
  EXPECT_TRUE(eventually([&] { return exporter.scrape().value("calls_total") > first; }));
  exporter.stop();
}

}  // namespace
}  // namespace bpfmap::test
