// SPDX-License-Identifier: Apache-2.0
// Pages that are made, and given out, while a map is walked for them.
#include "collect/page.h"

#include <array>
#include <cerrno>
#include <thread>

#include "collect/collector.h"
#include "unit/collect/collect_fixture.h"

namespace bpfmap::collect {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::uint32_t kBatch = 4096;  // rows that the sampler asks for at a time
constexpr std::uint32_t kBatches = 12;
constexpr int kBatchesByTheCaller = 4;

using Name = std::array<char, 8>;

Name padded(std::string_view text) {
  Name name{};
  text.copy(name.data(), name.size());
  return name;
}

class PageTest : public test::BoundedTest {
 protected:
  // A map whose keys are names, as large as a walk in parts needs.
  PageTest() {
    for (std::uint32_t i = 0; i < kBatch * kBatches; ++i) {
      map_->append(padded("n" + std::to_string(i)), std::uint64_t{i});
    }
    collector_.add_map(source_of(small(), small_));
    collector_.add_map(source_of(info_, map_));
    small_->set(std::uint32_t{1}, std::uint64_t{7});
  }
  ~PageTest() override { map_->batches.open(); }

  static kernel::MapInfo small() { return counts("small", 100); }
  static kernel::MapInfo large() {
    kernel::MapInfo info = test::hash_map(test::text(sizeof(Name)), test::number("u64"), "large");
    info.shape.max_entries = 1'000'000;
    return info;
  }

  // The walk stands still behind so many batches.
  void let_pass(int batches) {
    map_->batches.close();
    for (int i = 0; i < batches; ++i) map_->batches.let_one_pass();
  }

  // What comes until the end, or until the page is cut.
  static std::string read_on(Page& page, bool* cut) {
    std::string text;
    while (true) {
      const auto chunk = page.next();
      *cut = !chunk;
      if (!chunk || *chunk == nullptr) return text;
      text.append((*chunk)->bytes.get(), (*chunk)->size);
    }
  }

  static std::string without_own(const std::string& page) {
    return page.substr(0, page.find("# HELP bpfmap_exporter_"));
  }

  kernel::MapInfo info_ = large();
  std::shared_ptr<FakeMap> map_ = std::make_shared<FakeMap>(info_.shape);
  std::shared_ptr<FakeMap> small_ = std::make_shared<FakeMap>(small().shape);
  FakeClock clock_;
  Collector collector_{std::make_shared<SelfMetrics>("1.2.3"), clock_,
                       std::make_shared<host::Host>()};
};

TEST_F(PageTest, GivesPartsOutWhileTheWalkGoesOn) {
  const std::string whole = without_own(whole_page(collector_).to_string());
  EXPECT_THAT(whole, HasSubstr("large_total{key=\"n49151\"} 49151\n"));
  clock_.advance(2s);
  let_pass(kBatchesByTheCaller + 1);
  Page page(collector_, {});
  EXPECT_FALSE(page.make_whole_soon().value());
  std::string text;
  while (text.size() < 100'000) {  // of five batches
    const auto chunk = page.next();
    ASSERT_TRUE(chunk && *chunk != nullptr);
    text.append((*chunk)->bytes.get(), (*chunk)->size);
  }
  EXPECT_FALSE(collector_.samplers()[1]->fresh_or_growing()->is_over());
  EXPECT_THAT(text, StartsWith("# TYPE small_total counter\nsmall_total{key=\"1\"} 7\n"
                               "# TYPE large_total counter\nlarge_total{key=\"n0\"} 0\n"));
  map_->batches.open();
  bool cut = false;
  text += read_on(page, &cut);
  EXPECT_FALSE(cut);
  EXPECT_EQ(without_own(text), whole);
  EXPECT_THAT(text, HasSubstr("bpfmap_exporter_map_entries{config=\"cfg\",map=\"large\"} 49152"));
}

TEST_F(PageTest, IsTheSameForEveryScraperAndInEveryEncoding) {
  const std::string whole = without_own(whole_page(collector_).to_string());
  clock_.advance(2s);
  std::vector<std::string> pages(6);
  std::vector<std::thread> scrapers;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    scrapers.emplace_back([&, i] {
      const bool gzip = i % 2 != 0;
      Page page(collector_, {.as = {.encoding = gzip ? Encoding::kGzip : Encoding::kIdentity}});
      if (page.make_whole_soon().value()) {
        pages[i] = page.whole().to_string();
      } else {
        bool cut = true;
        pages[i] = read_on(page, &cut);
        EXPECT_FALSE(cut);
      }
      if (gzip) pages[i] = gunzip(pages[i]);
    });
  }
  for (std::thread& scraper : scrapers) scraper.join();
  EXPECT_LE(map_->walks(), 2);
  for (const std::string& page : pages) EXPECT_EQ(without_own(page), whole);
}

TEST_F(PageTest, IsCutWhereAWalkFailsBehindItsFirstPart) {
  let_pass(kBatchesByTheCaller + 1);
  Page page(collector_, {});
  EXPECT_FALSE(page.make_whole_soon().value());
  ASSERT_TRUE(page.next().value());
  std::thread opener([&] {
    map_->batches.wait_for_arrivals(kBatchesByTheCaller + 2);
    map_->fail_with(EIO);
    map_->batches.open();
  });
  bool cut = false;
  read_on(page, &cut);
  opener.join();
  EXPECT_TRUE(cut);

  // Once bitten: the next page has all of the map or nothing of it.
  clock_.advance(2s);
  Page without(collector_, {});
  EXPECT_TRUE(without.make_whole_soon().value());
  const std::string text = without.whole().to_string();
  EXPECT_THAT(text, Not(HasSubstr("large_total")));
  EXPECT_THAT(text, HasSubstr("small_total{key=\"1\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("bpfmap_exporter_sample_success{config=\"cfg\",map=\"large\"} 0\n"));
  map_->fail_with(0);
  clock_.advance(2s);
  Page with(collector_, {});
  EXPECT_TRUE(with.make_whole_soon().value());
  EXPECT_THAT(with.whole().to_string(), HasSubstr("large_total{key=\"n49151\"} 49151\n"));
  clock_.advance(2s);
  let_pass(kBatchesByTheCaller + 1);
  Page in_parts(collector_, {});
  EXPECT_FALSE(in_parts.make_whole_soon().value()) << "it has been well for a walk";
  map_->batches.open();
  read_on(in_parts, &cut);
}

// Names that differ behind their NUL are one series: no page shows it twice, or with a part
// of its count.
TEST_F(PageTest, NeverSplitsASeries) {
  Name twin = padded("n0");
  twin[5] = 'x';
  map_->append(twin, std::uint64_t{1000});
  let_pass(kBatchesByTheCaller + 1);
  Page page(collector_, {});
  EXPECT_FALSE(page.make_whole_soon().value());
  const auto first = page.next();
  ASSERT_TRUE(first && *first != nullptr);
  map_->batches.open();
  bool cut = false;
  read_on(page, &cut);
  EXPECT_TRUE(cut);

  for (int i = 0; i < 2; ++i) {
    clock_.advance(2s);
    Page whole(collector_, {});
    EXPECT_TRUE(whole.make_whole_soon().value());
    EXPECT_THAT(whole.whole().to_string(), HasSubstr("large_total{key=\"n0\"} 1000\n"));
  }
}

// A name that lost something, but is the name of no other series, costs no scrape a page.
TEST_F(PageTest, WritesSeriesThatCameLateLast) {
  Name odd = padded("odd");
  odd[5] = 'x';
  map_->append(odd, std::uint64_t{1});
  map_->append(padded("late"), std::uint64_t{2});
  let_pass(kBatchesByTheCaller + 1);
  Page page(collector_, {});
  EXPECT_FALSE(page.make_whole_soon().value());
  std::string text((*page.next())->bytes.get(), 10);
  map_->batches.open();
  bool cut = true;
  text = without_own(read_on(page, &cut));
  EXPECT_FALSE(cut);
  EXPECT_THAT(text, EndsWith("large_total{key=\"odd\"} 1\nlarge_total{key=\"late\"} 2\n"));
}

TEST_F(PageTest, NeedNotBeReadToItsEnd) {
  for (int i = 0; i < 3; ++i) {
    clock_.advance(2s);
    let_pass(kBatchesByTheCaller + 1);
    {
      Page page(collector_, {.as = {.encoding = Encoding::kGzip}});
      EXPECT_FALSE(page.make_whole_soon().value());
      ASSERT_TRUE(page.next().value());
    }
    map_->batches.open();
    collector_.samplers()[1]->fresh();  // when the walk is over
  }
}

// At the end of the process: nothing is no page that looks whole.
TEST_F(PageTest, FailsWhereAMapCannotBeWalkedAnyMore) {
  collector_.samplers()[1]->cancel();
  Page page(collector_, {});
  const Result<void> whole = page.make_whole();
  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().code, ECANCELED);
  EXPECT_THAT(whole.error().message(), ::testing::HasSubstr("read map 'large'"));
  Page soon(collector_, {});
  EXPECT_FALSE(soon.make_whole_soon());
  bool cut = false;
  Page in_parts(collector_, {});
  read_on(in_parts, &cut);
  EXPECT_TRUE(cut);
}

TEST_F(PageTest, OldRowsAreGoneWhenNoCallerCanAskForThem) {
  const auto weak_first = [&] {
    return std::weak_ptr<const MapSample>(collector_.samplers()[1]->fresh());
  }();
  EXPECT_FALSE(weak_first.expired());
  clock_.advance(2s);
  map_->batches.close();
  std::thread walker([&] { collector_.samplers()[1]->fresh(); });
  map_->batches.wait_for_arrivals(static_cast<int>(kBatches) + 1);
  EXPECT_TRUE(weak_first.expired()) << "while the next walk is under way";
  ASSERT_NE(collector_.samplers()[1]->latest(), nullptr);
  EXPECT_EQ(collector_.samplers()[1]->latest()->entries(), kBatch * kBatches);
  map_->batches.open();
  walker.join();
}

}  // namespace
}  // namespace bpfmap::collect
