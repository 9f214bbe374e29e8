// SPDX-License-Identifier: Apache-2.0
#include "collect/sample/map_sampler.h"

#include <atomic>
#include <cerrno>
#include <new>
#include <thread>

#include "sample_texts.h"
#include "unit/collect/collect_fixture.h"

namespace bpfmap::collect {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CountingObserver final : public SampleObserver {
 public:
  void on_sample(const MapSample& sample) override { ++(sample.error() ? failed : succeeded); }
  void on_rendering(std::uint64_t) override {
    if (++rendered == 1) first_rendering.pass();
  }

  void on_timeout() override { ++timeouts; }

  std::atomic<int> succeeded = 0;
  std::atomic<int> timeouts = 0;
  std::atomic<int> failed = 0;
  std::atomic<int> rendered = 0;
  Gate first_rendering;
};

class Sampler : public test::BoundedTest {
 protected:
  Sampler() {
    map_->set(std::uint32_t{1}, std::uint64_t{10});
    map_->set(std::uint32_t{2}, std::uint64_t{20});
  }

  kernel::MapInfo info_ = counts("m");
  std::shared_ptr<FakeMap> map_ = std::make_shared<FakeMap>(info_.shape);
  FakeClock clock_;
  CountingObserver observer_;
  MapSampler sampler_{source_of(info_, map_), clock_, observer_, std::make_shared<host::Host>()};
};

TEST_F(Sampler, TheFirstAskedWalks) {
  EXPECT_EQ(sampler_.latest(), nullptr);
  EXPECT_EQ(sampler_.due(), clock_.now());
  const TimePoint start = clock_.now();
  map_->on_batch = [&] { clock_.advance(30ms); };
  const auto sample = sampler_.fresh();
  ASSERT_NE(sample, nullptr);
  EXPECT_FALSE(sample->error());
  EXPECT_EQ(sample->started(), start);
  EXPECT_EQ(sample->duration(), 30ms);
  EXPECT_EQ(sample->entries(), 2U);
  EXPECT_EQ(plain_text(*sample),
            "# TYPE m_total counter\nm_total{key=\"1\"} 10\nm_total{key=\"2\"} 20\n");
  EXPECT_EQ(sampler_.latest(), sample);
  EXPECT_EQ(observer_.succeeded, 1);
}

TEST_F(Sampler, ASampleIsSharedUntilItIsTooOld) {
  const auto first = sampler_.fresh();
  clock_.advance(1s);  // max_age
  EXPECT_EQ(sampler_.fresh(), first);
  EXPECT_EQ(map_->walks(), 1);
  map_->set(std::uint32_t{1}, std::uint64_t{11});
  clock_.advance(1ns);
  const auto second = sampler_.fresh();
  EXPECT_NE(second, first);
  EXPECT_EQ(map_->walks(), 2);
  EXPECT_THAT(plain_text(*second), HasSubstr("m_total{key=\"1\"} 11\n"));
  // The old one is what it was.
  EXPECT_THAT(plain_text(*first), HasSubstr("m_total{key=\"1\"} 10\n"));
}

TEST_F(Sampler, IsDueWhenItsIntervalIsOver) {
  const TimePoint start = clock_.now();
  sampler_.sample_if_due();
  EXPECT_EQ(map_->walks(), 1);
  EXPECT_EQ(sampler_.due(), start + 5s);
  clock_.advance(5s - 1ns);
  sampler_.sample_if_due();
  EXPECT_EQ(map_->walks(), 1);
  clock_.advance(1ns);
  sampler_.sample_if_due();
  EXPECT_EQ(map_->walks(), 2);
  EXPECT_EQ(sampler_.due(), start + 10s);
  // What a scrape sampled need not be sampled again.
  clock_.advance(3s);
  sampler_.fresh();
  EXPECT_EQ(map_->walks(), 3);
  clock_.advance(4s);
  sampler_.sample_if_due();
  EXPECT_EQ(map_->walks(), 3);
}

TEST_F(Sampler, AllCallersThatAskDuringAWalkShareIt) {
  constexpr int kThreads = 16;
  map_->batches.close();
  std::vector<std::shared_ptr<const MapSample>> samples(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] { samples[static_cast<std::size_t>(i)] = sampler_.fresh(); });
  }
  // One walks, which asks for the time once more; the others wait for it.
  map_->batches.wait_for_arrivals(1);
  clock_.wait_until_asked(kThreads + 1);
  map_->batches.open();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(map_->walks(), 1);
  EXPECT_NE(samples[0], nullptr);
  EXPECT_THAT(samples, Each(samples[0]));
}

// Walks that take longer than max_age: no caller that came during the first one can use it, but all
// of them share the second, although it is just as long.
TEST_F(Sampler, TheWaitersOfALongWalkDoNotWalkOneAfterTheOther) {
  constexpr int kThreads = 8;
  map_->batches.close();
  std::thread first([&] { sampler_.fresh(); });
  map_->batches.wait_for_arrivals(1);
  clock_.advance(10s);
  const int asked = clock_.asked();
  std::vector<std::shared_ptr<const MapSample>> samples(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] { samples[static_cast<std::size_t>(i)] = sampler_.fresh(); });
  }
  clock_.wait_until_asked(asked + kThreads);
  map_->batches.let_one_pass();
  map_->batches.wait_for_arrivals(2);
  clock_.advance(10s);
  map_->batches.open();
  first.join();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(map_->walks(), 2);
  EXPECT_THAT(samples, Each(samples[0]));
}

// Time that passes between a scraper's look at the clock and what it does then.
class ClockWithPauses final : public Clock {
 public:
  explicit ClockWithPauses(FakeClock& clock) : clock_(clock) {}
  TimePoint now() const override {
    const TimePoint time = clock_.now();
    if (std::this_thread::get_id() == paused) pause.pass();
    return time;
  }
  std::thread::id paused;
  mutable Gate pause;

 private:
  FakeClock& clock_;
};

// Once the next walk has begun, the sample before it has no rows any more: a caller that could
// still have had it by its age must not take it for a map without entries.
TEST_F(Sampler, ASampleThatHasLostItsRowsIsGivenToNoCaller) {
  ClockWithPauses clock(clock_);
  MapSampler sampler(source_of(info_, map_), clock, observer_, std::make_shared<host::Host>());
  const auto first = sampler.fresh();
  clock_.advance(1s);  // max_age
  clock.pause.close();
  std::shared_ptr<const MapSample> late;
  Gate begin;
  begin.close();
  std::thread scraper([&] {
    begin.pass();
    late = sampler.fresh();
  });
  clock.paused = scraper.get_id();
  begin.open();
  clock.pause.wait_for_arrivals(1);  // the first sample is young enough for it
  clock_.advance(1ns);
  map_->batches.close();
  std::shared_ptr<const MapSample> second;
  std::thread walker([&] { second = sampler.fresh(); });
  map_->batches.wait_for_arrivals(2);  // of the second walk
  clock.pause.open();
  map_->batches.open();
  walker.join();
  scraper.join();
  EXPECT_NE(second, first);
  ASSERT_NE(late, nullptr);
  EXPECT_THAT(plain_text(*late), HasSubstr("m_total{key=\"1\"} 10\n"));
}

TEST_F(Sampler, AFailedWalkIsASampleWithoutFamilies) {
  map_->fail_with(EPERM);
  const auto sample = sampler_.fresh();
  ASSERT_NE(sample, nullptr);
  ASSERT_TRUE(sample->error());
  EXPECT_EQ(sample->error()->code, EPERM);
  EXPECT_EQ(sample->entries(), 0U);
  EXPECT_EQ(plain_text(*sample).size(), 0U);
  EXPECT_EQ(bytes_in_gzip(*sample), 0U);
  EXPECT_EQ(observer_.failed, 1);
  EXPECT_EQ(observer_.rendered, 0);
  // It is as good an answer as any for max_age: a broken map is not walked by every scrape.
  EXPECT_EQ(sampler_.fresh(), sample);
  map_->fail_with(0);
  clock_.advance(2s);
  EXPECT_FALSE(sampler_.fresh()->error());
  EXPECT_EQ(observer_.succeeded, 1);
}

TEST_F(Sampler, ChangesOfStateAreLoggedOnce) {
  const auto walk_with = [&](int code) {
    map_->fail_with(code);
    clock_.advance(2s);
    testing::internal::CaptureStderr();
    sampler_.fresh();
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(walk_with(0), "");
  EXPECT_THAT(walk_with(EPERM),
              HasSubstr("level=error msg=\"map cannot be read; its metrics are left out until it"
                        " can\" config=cfg map=m error=\"read map 'm': Operation not permitted"
                        " (EPERM)\"\n"));
  EXPECT_EQ(walk_with(EPERM), "");
  EXPECT_THAT(walk_with(ENOMEM), HasSubstr("Cannot allocate memory")) << "another reason";
  EXPECT_EQ(walk_with(ENOMEM), "");
  EXPECT_THAT(walk_with(0),
              HasSubstr("level=info msg=\"map can be read again\" config=cfg map=m\n"));
  EXPECT_EQ(walk_with(0), "");
  EXPECT_THAT(walk_with(ENOMEM), HasSubstr("level=error"));
}

TEST_F(Sampler, TheFirstWalkCanFailAndIsLogged) {
  map_->fail_with(EPERM);
  testing::internal::CaptureStderr();
  sampler_.fresh();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("level=error"));
}

// No caller waits for ever for a walk that could not get its memory.
TEST_F(Sampler, AWalkWithoutMemoryFails) {
  bool has_memory = false;
  map_->on_batch = [&] {
    if (!has_memory) throw std::bad_alloc();
  };
  const auto sample = sampler_.fresh();
  ASSERT_TRUE(sample->error());
  EXPECT_EQ(sample->error()->message(), "read map 'm': Cannot allocate memory (ENOMEM)");
  has_memory = true;
  clock_.advance(2s);
  EXPECT_FALSE(sampler_.fresh()->error());
}

TEST_F(Sampler, CancelEndsAWalkThatIsUnderWay) {
  map_->endless = true;
  map_->batches.close();
  std::shared_ptr<const MapSample> walked;
  std::shared_ptr<const MapSample> waited;
  testing::internal::CaptureStderr();
  std::thread walker([&] { walked = sampler_.fresh(); });
  map_->batches.wait_for_arrivals(1);
  const int asked = clock_.asked();
  std::thread waiter([&] { waited = sampler_.fresh(); });
  clock_.wait_until_asked(asked + 1);
  sampler_.cancel();
  map_->batches.open();
  walker.join();
  waiter.join();
  ASSERT_NE(walked, nullptr);
  ASSERT_TRUE(walked->error());
  EXPECT_EQ(walked->error()->code, ECANCELED);
  // Nothing, if the waiter was about to wait and found that it need not any more.
  EXPECT_TRUE(waited == walked || waited == nullptr);
  EXPECT_EQ(map_->batches.arrived(), 1);
  clock_.advance(1h);
  EXPECT_EQ(sampler_.fresh(), walked);
  sampler_.sample_if_due();
  EXPECT_EQ(map_->walks(), 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");  // it is no failure of the map
}

TEST_F(Sampler, CancelBeforeTheFirstWalkLeavesNothing) {
  sampler_.cancel();
  EXPECT_EQ(sampler_.fresh(), nullptr);
  EXPECT_EQ(map_->walks(), 0);
}

TEST_F(Sampler, ASampleIsRenderedOnceForAll) {
  const auto sample = sampler_.fresh();
  std::vector<std::thread> threads;
  std::atomic<std::size_t> bytes = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      if (i % 2 == 0) {
        bytes += plain_text(*sample).size();
      } else {
        bytes += bytes_in_gzip(*sample);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(observer_.rendered, 1);
  EXPECT_EQ(bytes, 8 * plain_text(*sample).size());
}

// While one sample is being rendered, the map can be walked and the next sample rendered.
TEST_F(Sampler, NothingWaitsForARendering) {
  observer_.first_rendering.close();
  std::thread slow([&] { plain_text(*sampler_.fresh()); });
  observer_.first_rendering.wait_for_arrivals(1);
  EXPECT_NE(sampler_.latest(), nullptr);
  clock_.advance(2s);
  const auto next = sampler_.fresh();
  EXPECT_EQ(map_->walks(), 2);
  plain_text(*next);  // would not come back, if the first one were in its way
  EXPECT_EQ(observer_.rendered, 2);
  observer_.first_rendering.open();
  slow.join();
}

// How many rows a batch is offered room for.
std::vector<std::uint32_t> capacities_of(kernel::MapInfo info, std::uint32_t least_capacity = 0,
                                         std::uint32_t rows = 1) {
  const auto map = std::make_shared<FakeMap>(info.shape);
  map->least_capacity = least_capacity;
  for (std::uint32_t key = 0; key < rows; ++key) map->set(key, std::uint64_t{1});
  const FakeClock clock;
  CountingObserver observer;
  MapSampler sampler(source_of(info, map), clock, observer, std::make_shared<host::Host>());
  EXPECT_EQ(sampler.fresh()->entries(), rows);
  return map->capacities();
}

TEST(SamplerBatches, AreAsLargeAsTheMapUpToSomeMegabytes) {
  EXPECT_THAT(capacities_of(counts("m", 10)), ElementsAre(10));
  EXPECT_THAT(capacities_of(counts("m", 1000000)), ElementsAre(4096));
  EXPECT_THAT(capacities_of(counts("m", 0)), ElementsAre(1));
  kernel::MapInfo wide = test::per_cpu_map(test::number("u32"), test::number("u64"), 4096);
  wide.shape.max_entries = 1000000;
  wide.name = "m";
  EXPECT_THAT(capacities_of(wide), ElementsAre(127));  // 4 MiB of 32 KiB and a key each
}

TEST(SamplerBatches, StayAsLargeAsAReaderMadeThem) {
  EXPECT_THAT(capacities_of(counts("m", 100), 150, 400), ElementsAre(100, 150, 150));
}

TEST(HostNamesPool, LendsTablesToOneAtATimeAndKeepsThem) {
  HostNamesPool pool{std::make_shared<host::Host>()};
  const host::HostNames* first = nullptr;
  {
    const HostNamesPool::Lease one(pool);
    first = &*one;
    const HostNamesPool::Lease two(pool);
    EXPECT_NE(&*two, first);
  }
  const HostNamesPool::Lease one(pool);
  const HostNamesPool::Lease two(pool);
  EXPECT_TRUE(&*one == first || &*two == first);
}

}  // namespace
}  // namespace bpfmap::collect
