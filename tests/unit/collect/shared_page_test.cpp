// SPDX-License-Identifier: Apache-2.0
// Pages with families that several maps export together.
#include <algorithm>
#include <cerrno>

#include "collect/collector.h"
#include "collect/page.h"
#include "unit/collect/collect_fixture.h"

namespace bpfmap::collect {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A map that exports shared_total and NAME_total.
MapSource sharing_source(const kernel::MapInfo& info, std::shared_ptr<FakeMap> map) {
  return {"cfg", info.name,
          fixed_feed("hash", std::make_unique<test::FakeMapReader>(std::move(map)),
                     plan_of(info, "metrics: [ { counter: " + info.name +
                                       "_total }, { counter: shared_total } ]")),
          5s, 1s};
}

class SharedPageTest : public test::BoundedTest {
 protected:
  SharedPageTest() {
    collector_.add_map(sharing_source(counts("one"), one_));
    collector_.add_map(sharing_source(counts("two"), two_));
    collector_.share_families(shared());
    one_->set(std::uint32_t{1}, std::uint64_t{10});
    one_->set(std::uint32_t{2}, std::uint64_t{20});
    two_->set(std::uint32_t{1}, std::uint64_t{5});
  }

  static std::shared_ptr<const decode::SharedFamilies> shared() {
    auto families = std::make_shared<decode::SharedFamilies>();
    families->families.push_back(
        {.name = "shared_total", .help = {}, .type = exposition::MetricType::kCounter});
    families->names.insert("shared_total");
    return families;
  }

  static std::string without_own(const std::string& page) {
    return page.substr(0, page.find("# HELP bpfmap_exporter_"));
  }
  std::string page() { return without_own(whole_page(collector_).to_string()); }

  std::shared_ptr<FakeMap> one_ = std::make_shared<FakeMap>(counts("one").shape);
  std::shared_ptr<FakeMap> two_ = std::make_shared<FakeMap>(counts("two").shape);
  FakeClock clock_;
  Collector collector_{std::make_shared<SelfMetrics>("1.2.3"), clock_,
                       std::make_shared<host::Host>()};
};

constexpr const char* kWithShared =
    "# TYPE one_total counter\none_total{key=\"1\"} 10\none_total{key=\"2\"} 20\n"
    "# TYPE two_total counter\ntwo_total{key=\"1\"} 5\n"
    "# TYPE shared_total counter\nshared_total{key=\"1\"} 15\nshared_total{key=\"2\"} 20\n";

TEST_F(SharedPageTest, HasThemOnceBehindWhatIsTheMapsOwn) { EXPECT_EQ(page(), kWithShared); }

TEST_F(SharedPageTest, IsTheSameCompressed) {
  EXPECT_EQ(without_own(gunzip(whole_page(collector_, {.encoding = Encoding::kGzip}).to_string())),
            kWithShared);
  EXPECT_EQ(page(), kWithShared);
  EXPECT_EQ(without_own(gunzip(whole_page(collector_, {.encoding = Encoding::kGzip}).to_string())),
            kWithShared);
}

TEST_F(SharedPageTest, FollowsTheMaps) {
  EXPECT_EQ(page(), kWithShared);
  two_->set(std::uint32_t{1}, std::uint64_t{6});
  clock_.advance(2s);
  EXPECT_THAT(page(), HasSubstr("shared_total{key=\"1\"} 16\n"));
}

TEST_F(SharedPageTest, LeavesOutThePartOfAMapThatFails) {
  two_->fail_with(EIO);
  const std::string without = whole_page(collector_).to_string();
  EXPECT_THAT(without, HasSubstr("shared_total{key=\"1\"} 10\nshared_total{key=\"2\"} 20\n"));
  EXPECT_THAT(without, Not(HasSubstr("two_total")));
  EXPECT_THAT(without, HasSubstr("bpfmap_exporter_sample_success{config=\"cfg\",map=\"two\"} 0\n"));
  one_->fail_with(EIO);
  clock_.advance(2s);
  EXPECT_THAT(whole_page(collector_).to_string(), Not(HasSubstr("shared_total")));
  one_->fail_with(0);
  two_->fail_with(0);
  clock_.advance(2s);
  EXPECT_EQ(page(), kWithShared);
}

// A reload brings a collector that shares other families, with the same samplers.
TEST_F(SharedPageTest, AnotherCollectorMaySeeTheSameSamplesOtherwise) {
  EXPECT_EQ(page(), kWithShared);
  Collector alone(std::make_shared<SelfMetrics>("1.2.3"), clock_, std::make_shared<host::Host>());
  alone.add_sampler(collector_.samplers()[0]);
  EXPECT_EQ(
      without_own(whole_page(alone).to_string()),
      "# TYPE one_total counter\none_total{key=\"1\"} 10\none_total{key=\"2\"} 20\n"
      "# TYPE shared_total counter\nshared_total{key=\"1\"} 10\nshared_total{key=\"2\"} 20\n");
  EXPECT_EQ(page(), kWithShared);
  EXPECT_EQ(one_->walks(), 1);
}

// The pages that come while nothing is walked anew have one text.
TEST_F(SharedPageTest, IsMadeOnceForTheSameSamples) {
  const auto first_chunk = [this] {
    Page page(collector_, {});
    EXPECT_TRUE(page.make_whole());
    return page.whole().chunks();
  };
  const auto before = first_chunk();
  const auto after = first_chunk();
  ASSERT_GE(before.size(), 3U);
  EXPECT_EQ(before[2].get(), after[2].get());
}

// A walk that takes long: its own families go out meanwhile, what it shares when it is over.
TEST_F(SharedPageTest, WaitsForALongWalkInAPageThatIsSentInParts) {
  constexpr std::uint32_t kRows = 4096 * 12;
  kernel::MapInfo info = counts("large", 1'000'000);
  auto large = std::make_shared<FakeMap>(info.shape);
  for (std::uint32_t i = 0; i < kRows; ++i) large->append(i, std::uint64_t{1});
  collector_.add_map(sharing_source(info, large));
  large->batches.close();
  for (int i = 0; i < 5; ++i) large->batches.let_one_pass();
  Page page(collector_, {});
  EXPECT_FALSE(page.make_whole_soon().value());
  std::string text;
  while (text.find("large_total") == std::string::npos) {
    const auto chunk = page.next();
    ASSERT_TRUE(chunk && *chunk != nullptr);
    text.append((*chunk)->bytes.get(), (*chunk)->size);
  }
  EXPECT_THAT(text, Not(HasSubstr("shared_total")));
  large->batches.open();
  while (true) {
    const auto chunk = page.next();
    ASSERT_TRUE(chunk);
    if (*chunk == nullptr) break;
    text.append((*chunk)->bytes.get(), (*chunk)->size);
  }
  EXPECT_THAT(text, HasSubstr("# TYPE shared_total counter\nshared_total{key=\"1\"} 16\n"));
  EXPECT_THAT(text, HasSubstr("shared_total{key=\"49151\"} 1\n"));
  const std::string shared = text.substr(text.find("# TYPE shared_total"));
  EXPECT_EQ(text.find("\nshared_total"), text.find(shared) + shared.find("\nshared_total"));
  EXPECT_EQ(shared.substr(0, shared.find("# HELP")).find("large_total"), std::string::npos);
}

}  // namespace
}  // namespace bpfmap::collect
