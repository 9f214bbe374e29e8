// SPDX-License-Identifier: Apache-2.0
#include "collect/self/inventory_metrics.h"

#include <cerrno>
#include <thread>
#include <vector>

#include "collect/collector.h"
#include "collect/page.h"
#include "support/gate.h"
#include "unit/collect/inventory_fixture.h"

// When the system is looked at, and what is on the page when it cannot be.
namespace bpfmap::collect {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Error denied(const char* subject) {
  return Error{.kind = ErrorKind::kSystem,
               .operation = "list",
               .subject = subject,
               .code = EPERM,
               .hint = "this needs CAP_SYS_ADMIN"};
}

TEST_F(InventoryMetricsTest, AListThatFailsIsLeftOutWholeAndTheOthersAreThere) {
  kernel::Inventory inventory = nothing();
  inventory.programs->push_back(program());
  inventory.maps = unexpected(denied("BPF maps"));
  set(inventory);
  const test::MetricsPage page = this->page();
  EXPECT_THAT(page.samples_of("bpf_map_"), IsEmpty());
  EXPECT_THAT(page.samples_of("bpf_program_"), Not(IsEmpty()));
  EXPECT_EQ(page.samples_of("bpf_inventory_success"),
            (std::map<std::string, double>{{"bpf_inventory_success{list=\"links\"}", 1},
                                           {"bpf_inventory_success{list=\"maps\"}", 0},
                                           {"bpf_inventory_success{list=\"owners\"}", 1},
                                           {"bpf_inventory_success{list=\"programs\"}", 1}}));
}

TEST_F(InventoryMetricsTest, WithoutAnyListStillSaysSo) {
  set({unexpected(denied("programs")), unexpected(denied("maps")), unexpected(denied("links")),
       unexpected(denied("owners")), 0});
  const test::MetricsPage page = this->page();
  EXPECT_EQ(page.sum_of("bpf_inventory_success"), 0);
  EXPECT_EQ(page.samples_of("bpf_inventory_success").size(), 4U);
  EXPECT_TRUE(page.has("bpf_inventory_duration_seconds"));
  EXPECT_EQ(page.samples().size(), 5U);
}

TEST_F(InventoryMetricsTest, FailuresAreLoggedOncePerChange) {
  const auto log_of_a_scrape = [&] {
    ::testing::internal::CaptureStderr();
    clock_.advance(1h);
    text();
    return ::testing::internal::GetCapturedStderr();
  };
  kernel::Inventory broken = nothing();
  broken.maps = unexpected(denied("BPF maps"));
  EXPECT_EQ(log_of_a_scrape(), "");
  set(broken);
  const std::string first = log_of_a_scrape();
  EXPECT_THAT(first, HasSubstr("list=maps"));
  EXPECT_THAT(first, HasSubstr("EPERM"));
  EXPECT_THAT(first, HasSubstr("CAP_SYS_ADMIN"));
  EXPECT_EQ(log_of_a_scrape(), "");
  set(nothing());
  EXPECT_THAT(log_of_a_scrape(), HasSubstr("can be listed again"));
  EXPECT_EQ(log_of_a_scrape(), "");
}

TEST_F(InventoryMetricsTest, OneSampleServesASecond) {
  text();
  clock_.advance(1s);
  text();
  EXPECT_EQ(kernel_.asked, 1);
  clock_.advance(1ns);
  text();
  EXPECT_EQ(kernel_.asked, 2);
}

TEST_F(InventoryMetricsTest, TellsHowLongItTook) {
  kernel_.answer = [&] {
    clock_.advance(20ms);
    return nothing();
  };
  EXPECT_EQ(page().value("bpf_inventory_duration_seconds"), 0.02);
}

// Also where the sample takes longer than its age may be: the scrapes that waited for it take it.
TEST_F(InventoryMetricsTest, EveryScrapeThatWaitsForASampleTakesIt) {
  test::Gate gate;
  gate.close();
  kernel_.answer = [&] {
    gate.pass();
    clock_.advance(10s);
    return nothing();
  };
  std::vector<std::thread> scrapes;
  for (int i = 0; i < 4; ++i) scrapes.emplace_back([&] { text(); });
  clock_.wait_until_asked(5);  // each at its call, and the first as it began
  gate.open();
  for (std::thread& scrape : scrapes) scrape.join();
  EXPECT_EQ(kernel_.asked, 1);
}

// With or without the right to list anything.
TEST(InventoryOfACollector, IsOnAPageOnceHoweverOftenItIsAdded) {
  const test::FakeClock clock;
  Collector collector(std::make_shared<SelfMetrics>("1.2.3"), clock,
                      std::make_shared<host::Host>());
  EXPECT_THAT(test::MetricsPage(whole_page(collector).to_string()).samples_of("bpf_"), IsEmpty());
  collector.add_inventory();
  collector.add_inventory();
  const test::MetricsPage page(whole_page(collector).to_string());  // fails for what is there twice
  EXPECT_EQ(page.samples_of("bpf_inventory_success").size(), 4U);
  EXPECT_EQ(page.samples_of("bpf_inventory_duration_seconds").size(), 1U);
}

}  // namespace
}  // namespace bpfmap::collect
