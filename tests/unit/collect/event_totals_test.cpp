// SPDX-License-Identifier: Apache-2.0
#include "collect/event_totals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include "sample_texts.h"
#include "support/fake_clock.h"
#include "unit/collect/event_fixture.h"

namespace bpfmap::collect {
namespace {

const SteadyClock kTotalsClock;

using testing::IsEmpty;
using testing::SizeIs;

// What one walk sees.
struct Walked {
  std::map<std::uint64_t, EventRow> rows;  // by id
  std::optional<EventRow> rest;
};

EventRow row_at(const std::byte* value) {
  EventRow row;
  std::memcpy(&row, value, sizeof(row));
  return row;
}

Walked walk(kernel::MapReader& reader, std::uint32_t rows_per_block) {
  Walked walked;
  reader.rewind();
  for (bool more = true; more;) {
    kernel::RowBlock block(reader.shape(), rows_per_block);
    more = reader.next_batch(block).value();
    for (std::uint32_t i = 0; i < block.count(); ++i) {
      if (block.is_rest()) {
        EXPECT_FALSE(walked.rest) << "there is one row of the rest";
        walked.rest = row_at(block.value(i));
        continue;
      }
      std::uint64_t id = 0;
      std::memcpy(&id, block.key(i), sizeof(id));
      EXPECT_TRUE(walked.rows.emplace(id, row_at(block.value(i))).second) << id << " came twice";
    }
  }
  return walked;
}

class Totals : public testing::Test {
 protected:
  explicit Totals(const std::string& settings = kEventSettings)
      : compiled_(compile_events(settings)) {}

  std::shared_ptr<EventTotals> totals_of(std::uint32_t max_series = 100) {
    compiled_.info.shape.max_entries = max_series;
    return std::make_shared<EventTotals>(compiled_.plan, compiled_.info.shape, kTotalsClock);
  }

  decode::CompiledEvents compiled_;
};

TEST_F(Totals, OfNothingAreNothing) {
  EventReader reader(totals_of(), [] {});
  const Walked walked = walk(reader, 8);
  EXPECT_THAT(walked.rows, IsEmpty());
  EXPECT_FALSE(walked.rest);
  EXPECT_EQ(reader.name(), "events");
}

TEST_F(Totals, AddUpByKey) {
  const auto totals = totals_of();
  for (std::uint64_t i = 0; i < 300; ++i) add(*totals, {i % 3, i});
  EventReader reader(totals, [] {});
  for (const std::uint32_t rows_per_block : {1U, 2U, 3U, 4096U}) {
    const Walked walked = walk(reader, rows_per_block);
    ASSERT_THAT(walked.rows, SizeIs(3)) << rows_per_block;
    EXPECT_FALSE(walked.rest);
    for (std::uint64_t id = 0; id < 3; ++id) {
      EXPECT_EQ(walked.rows.at(id).count, 100U);
      EXPECT_EQ(walked.rows.at(id).bytes, 100 * id + 3 * 4950U);
      EXPECT_EQ(walked.rows.at(id).sum, walked.rows.at(id).bytes);
    }
  }
  EXPECT_EQ(totals->folded(), 0U);
}

class TotalsForAWhile : public Totals {
 protected:
  TotalsForAWhile() : Totals(std::string(kEventSettings) + ", reset_every: 1h") {}
};

TEST_F(TotalsForAWhile, BeginAnewBehindTheWalkThatIsDue) {
  test::FakeClock clock;
  const auto totals = std::make_shared<EventTotals>(compiled_.plan, compiled_.info.shape, clock);
  EventReader reader(totals, [] {});
  add(*totals, {1, 5});
  clock.advance(std::chrono::minutes(59));
  EXPECT_EQ(walk(reader, 8).rows.at(1).count, 1U);
  clock.advance(std::chrono::minutes(1));
  add(*totals, {1, 5});
  EXPECT_EQ(walk(reader, 8).rows.at(1).count, 2U);  // what was counted is seen once more
  EXPECT_THAT(walk(reader, 8).rows, IsEmpty());
  add(*totals, {1, 7});
  EXPECT_EQ(walk(reader, 8).rows.at(1).bytes, 7U);
}

TEST_F(TotalsForAWhile, TheRestBeginsAnewWithThem) {
  test::FakeClock clock;
  compiled_.info.shape.max_entries = 1;
  const auto totals = std::make_shared<EventTotals>(compiled_.plan, compiled_.info.shape, clock);
  EventReader reader(totals, [] {});
  for (std::uint64_t id = 0; id < 3; ++id) add(*totals, {id, 1});
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(walk(reader, 8).rest.value().count, 2U);
  const Walked empty = walk(reader, 8);
  EXPECT_THAT(empty.rows, IsEmpty());
  EXPECT_FALSE(empty.rest) << "of keys that are forgotten";
  // The first key has the place now, and the rest is that of the new time only.
  add(*totals, {2, 7});
  add(*totals, {0, 5});
  const Walked anew = walk(reader, 8);
  EXPECT_EQ(anew.rows.at(2).bytes, 7U);
  ASSERT_TRUE(anew.rest);
  EXPECT_EQ(anew.rest->count, 1U);
  EXPECT_EQ(anew.rest->bytes, 5U);
}

TEST_F(Totals, BeyondTheBoundGoIntoOneRow) {
  const auto totals = totals_of(2);
  for (std::uint64_t id = 0; id < 5; ++id) add(*totals, {id, 1});
  add(*totals, {1, 7});  // known keys stay known
  add(*totals, {4, 9});
  EXPECT_EQ(totals->folded(), 4U);
  EventReader reader(totals, [] {});
  const Walked walked = walk(reader, 1);
  ASSERT_THAT(walked.rows, SizeIs(2));
  EXPECT_EQ(walked.rows.at(0).count, 1U);
  EXPECT_EQ(walked.rows.at(1).count, 2U);
  EXPECT_EQ(walked.rows.at(1).bytes, 8U);
  ASSERT_TRUE(walked.rest);
  EXPECT_EQ(walked.rest->count, 4U);
  EXPECT_EQ(walked.rest->bytes, 12U);
  EXPECT_EQ(walked.rest->slots[1], 3U);
  EXPECT_EQ(walked.rest->slots[4], 1U);
}

TEST_F(Totals, OfTheRestAreCalledOther) {
  const auto totals = totals_of(1);
  for (std::uint64_t id = 0; id < 3; ++id) add(*totals, {id, 1});
  MapSource source{"cfg", "events",
                   fixed_feed("ringbuf", std::make_unique<EventReader>(totals, [] {}),
                              std::move(compiled_.samples)),
                   5s, 1s};
  FakeClock clock;
  struct : SampleObserver {
    void on_sample(const MapSample&) override {}
    void on_rendering(std::uint64_t) override {}
    void on_timeout() override {}
  } observer;
  MapSampler sampler(std::move(source), clock, observer, std::make_shared<host::Host>());
  EXPECT_THAT(plain_text(*sampler.fresh()),
              testing::StartsWith(
                  "# TYPE a_total counter\na_total{id=\"0\"} 1\na_total{id=\"other\"} 2\n"));
}

class Gauges : public Totals {
 protected:
  Gauges() : Totals("labels: { id: }, metrics: [ { gauge: g, value: bytes, aggregate: min } ]") {}
};

TEST_F(Gauges, OfTheRestStartWithItsFirstEvent) {
  const auto totals = totals_of(1);
  add(*totals, {0, 3});
  add(*totals, {1, 7});
  add(*totals, {2, 9});
  kernel::RowBlock block(compiled_.info.shape, 1);
  totals->copy_rest(block);
  ASSERT_EQ(block.count(), 1U);
  std::uint64_t least = 0;
  std::memcpy(&least, block.value(0), sizeof(least));
  EXPECT_EQ(least, 7U) << "not the 0 that the row began with";
}

TEST_F(Totals, CatchUpBeforeEachWalk) {
  const auto totals = totals_of();
  std::uint64_t id = 0;
  EventReader reader(totals, [&] { add(*totals, {id++, 1}); });
  EXPECT_THAT(walk(reader, 8).rows, SizeIs(1));
  EXPECT_THAT(walk(reader, 8).rows, SizeIs(2));
}

// One thread floods with events whose fields depend on each other, others walk meanwhile.
TEST_F(Totals, OfAFloodAreWhole) {
  constexpr std::uint32_t kSeries = 200;
  const auto totals = totals_of(kSeries);
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> sent = 0;
  std::thread consumer([&] {
    for (; !stop; ++sent) add(*totals, {sent % 300, 4});
  });
  EventReader reader(totals, [] {});
  std::map<std::uint64_t, std::uint64_t> last;
  while (sent < 20'000) {  // each key many times, between many walks
    const Walked walked = walk(reader, 7);
    for (const auto& [id, row] : walked.rows) {
      EXPECT_EQ(row.bytes, 4 * row.count);
      EXPECT_EQ(row.slots[4], row.count);
      EXPECT_EQ(row.sum, row.bytes);
      EXPECT_GE(row.count, last[id]) << "a counter went backwards";
      last[id] = row.count;
    }
    EXPECT_LE(walked.rows.size(), kSeries);
  }
  stop = true;
  consumer.join();
  const Walked walked = walk(reader, 7);
  std::uint64_t counted = walked.rest ? walked.rest->count : 0;
  EXPECT_EQ(counted, totals->folded());
  for (const auto& [id, row] : walked.rows) counted += row.count;
  EXPECT_EQ(counted, sent);
}

}  // namespace
}  // namespace bpfmap::collect
