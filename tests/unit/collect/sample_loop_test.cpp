// SPDX-License-Identifier: Apache-2.0
#include "collect/sample_loop.h"

#include <cerrno>
#include <optional>

#include "unit/collect/collect_fixture.h"

namespace bpfmap::collect {
namespace {

class IgnoringObserver final : public SampleObserver {
 public:
  void on_sample(const MapSample&) override {}
  void on_rendering(std::uint64_t) override {}
  void on_timeout() override {}
};

// A map with a sampler in real time.
struct Sampled {
  Sampled(std::string name, Duration interval)
      : info(counts(std::move(name))),
        map(std::make_shared<FakeMap>(info.shape)),
        shared(std::make_shared<MapSampler>(source_of(info, map, interval), clock, observer,
                                            std::make_shared<host::Host>())),
        sampler(*shared) {}

  kernel::MapInfo info;
  std::shared_ptr<FakeMap> map;
  SteadyClock clock;
  IgnoringObserver observer;
  std::shared_ptr<MapSampler> shared;
  MapSampler& sampler;
};

TEST(SampleLoop, SamplesEveryMapAtItsOwnInterval) {
  Sampled often("often", 1ms);
  Sampled rarely("rarely", 1h);
  {
    const SampleLoop loop({often.shared, rarely.shared});
    often.map->batches.wait_for_arrivals(10);
  }
  EXPECT_EQ(rarely.map->walks(), 1);
  EXPECT_NE(rarely.sampler.latest(), nullptr);
}

TEST(SampleLoop, LeavesTheIntervalBetweenTwoWalks) {
  Sampled map("m", 20ms);
  const TimePoint begin = std::chrono::steady_clock::now();
  {
    const SampleLoop loop({map.shared});
    map.map->batches.wait_for_arrivals(5);
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 4 * 20ms);
}

TEST(SampleLoop, DoesNotWalkWhatAScrapeHasJustWalked) {
  Sampled often("often", 1ms);
  Sampled rarely("rarely", 1h);
  rarely.sampler.fresh();
  {
    const SampleLoop loop({rarely.shared, often.shared});
    often.map->batches.wait_for_arrivals(5);
  }
  EXPECT_EQ(rarely.map->walks(), 1);
}

TEST(SampleLoop, GoesOnAfterFailures) {
  Sampled map("m", 1ms);
  map.map->fail_with(EPERM);
  const SampleLoop loop({map.shared});
  map.map->batches.wait_for_arrivals(3);
  map.map->fail_with(0);
  const int walks = map.map->batches.arrived();
  map.map->batches.wait_for_arrivals(walks + 3);
  EXPECT_FALSE(map.sampler.latest()->error());
}

// The test's time limit is shorter than the interval.
TEST(SampleLoop, StopsWhileItSleeps) {
  Sampled map("m", 24h);
  std::optional<SampleLoop> loop(std::in_place, SampleLoop::Samplers{map.shared});
  map.map->batches.wait_for_arrivals(1);
  loop.reset();
  EXPECT_EQ(map.map->walks(), 1);
}

TEST(SampleLoop, StopsAtOnceAndWithoutMaps) {
  { const SampleLoop loop({}); }
  Sampled map("m", 24h);
  { const SampleLoop loop({map.shared}); }
  EXPECT_LE(map.map->walks(), 1);
}

TEST(SampleLoop, StoppingCancelsTheWalkThatIsUnderWay) {
  Sampled map("m", 1ms);
  map.map->endless = true;
  std::optional<SampleLoop> loop(std::in_place, SampleLoop::Samplers{map.shared});
  map.map->batches.wait_for_arrivals(3);
  loop.reset();
  EXPECT_EQ(map.map->walks(), 1);
  ASSERT_NE(map.sampler.latest(), nullptr);
  ASSERT_TRUE(map.sampler.latest()->error());
  EXPECT_EQ(map.sampler.latest()->error()->code, ECANCELED);
}

}  // namespace
}  // namespace bpfmap::collect
