// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/reader_trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "kernel/readers/adaptive_reader.h"
#include "support/fake_clock.h"

namespace bpfmap::kernel {
namespace {

using namespace std::chrono_literals;

// Walks as the trial wants them: the first takes `first`, the second `second`.
void run(ReaderTrial& trial, Duration first, Duration second, int most = 100) {
  for (int i = 0; i < most && !trial.is_decided(); ++i) {
    trial.walked(trial.current() == 0 ? first : second, ReaderTrial::kLeastEntries);
  }
}

TEST(ReaderTrial, KeepsTheFasterOne) {
  ReaderTrial faster_second;
  run(faster_second, 10ms, 7ms);
  EXPECT_TRUE(faster_second.is_decided());
  EXPECT_EQ(faster_second.current(), 1U);
  EXPECT_EQ(faster_second.median(0), 10ms);
  EXPECT_EQ(faster_second.median(1), 7ms);
  ReaderTrial hardly_faster;
  run(hardly_faster, 10ms, 8ms);
  EXPECT_TRUE(hardly_faster.is_decided());
  EXPECT_EQ(hardly_faster.current(), 0U);
  ReaderTrial faster_first;
  run(faster_first, 9ms, 10ms);
  EXPECT_EQ(faster_first.current(), 0U);
  ReaderTrial equal;
  run(equal, 9ms, 9ms);
  EXPECT_EQ(equal.current(), 0U);
}

TEST(ReaderTrial, TakesTurns) {
  ReaderTrial trial;
  std::vector<std::size_t> turns;
  while (!trial.is_decided()) {
    turns.push_back(trial.current());
    trial.walked(1ms, 5000);
  }
  EXPECT_THAT(turns, ::testing::ElementsAre(0, 1, 0, 1, 0, 1));
}

TEST(ReaderTrial, ShortWalksTellNothing) {
  ReaderTrial trial;
  for (int i = 0; i < 100; ++i) trial.walked(1ms, ReaderTrial::kLeastEntries - 1);
  EXPECT_FALSE(trial.is_decided());
  EXPECT_EQ(trial.current(), 0U);
  EXPECT_EQ(trial.median(0), 0ms);
}

TEST(ReaderTrial, OneSlowWalkDecidesNothing) {
  ReaderTrial trial;
  const Duration durations[] = {10ms, 9s, 10ms, 5ms, 10ms, 5ms};
  for (const Duration duration : durations) trial.walked(duration, 5000);
  EXPECT_TRUE(trial.is_decided());
  EXPECT_EQ(trial.current(), 1U) << "the median of 9s, 5ms and 5ms is 5ms";
}

TEST(ReaderTrial, AFailureOfTheSecondEndsIt) {
  ReaderTrial trial;
  trial.failed();
  EXPECT_FALSE(trial.is_decided()) << "the first may fail for reasons that pass";
  trial.walked(10ms, 5000);
  EXPECT_EQ(trial.current(), 1U);
  trial.failed();
  EXPECT_TRUE(trial.is_decided());
  EXPECT_EQ(trial.current(), 0U);
  run(trial, 10ms, 1ms);
  EXPECT_EQ(trial.current(), 0U) << "for good";
}

// Walks of `rows` rows in two batches, each of which takes its time.
class TimedReader final : public MapReader {
 public:
  TimedReader(std::string_view name, Duration per_batch, test::FakeClock& clock)
      : name_(name), per_batch_(per_batch), clock_(clock) {
    shape_.key_size = 4;
    shape_.value_size = 8;
    shape_.cpus = name == "batch" ? 4 : 1;
  }

  std::string_view name() const override { return name_; }
  const MapShape& shape() const override { return shape_; }
  void rewind() override {
    ++walks;
    batch_ = 0;
  }
  Result<bool> next_batch(RowBlock& block) override {
    clock_.advance(per_batch_);
    if (failing)
      return unexpected(Error{
          .kind = ErrorKind::kSystem, .operation = "read map", .subject = "'m'", .code = EIO});
    block.set_count(rows / 2);
    return ++batch_ < 2;
  }

  std::uint32_t rows = 2000;
  bool failing = false;
  int walks = 0;

 private:
  std::string_view name_;
  Duration per_batch_;
  test::FakeClock& clock_;
  MapShape shape_;
  int batch_ = 0;
};

class AdaptiveReaderTest : public ::testing::Test {
 protected:
  void make(Duration batch, Duration iter) {
    auto first = std::make_unique<TimedReader>("batch", batch, clock_);
    auto second = std::make_unique<TimedReader>("iter", iter, clock_);
    batch_ = first.get();
    iter_ = second.get();
    reader_ = std::make_unique<AdaptiveReader>("m", std::move(first), std::move(second), clock_);
  }

  // The reader that walked; empty for a walk that failed.
  std::string walk() {
    reader_->rewind();
    const std::string name(reader_->name());
    EXPECT_EQ(reader_->shape().cpus, name == "batch" ? 4U : 1U);
    while (true) {
      RowBlock block(reader_->shape(), 4096);
      const auto more = reader_->next_batch(block);
      clock_.advance(1h);  // other work between batches: not the reader's time
      if (!more) return {};
      if (!*more) return name;
    }
  }

  test::FakeClock clock_;
  TimedReader* batch_ = nullptr;
  TimedReader* iter_ = nullptr;
  std::unique_ptr<AdaptiveReader> reader_;
};

TEST_F(AdaptiveReaderTest, MeasuresAndKeepsTheFasterOne) {
  make(10ms, 4ms);
  EXPECT_EQ(reader_->name(), "batch");
  for (int i = 0; i < 6; ++i) EXPECT_EQ(walk(), i % 2 == 0 ? "batch" : "iter");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(walk(), "iter");
  EXPECT_EQ(batch_->walks, 3);
  EXPECT_EQ(reader_->name(), "iter");
}

TEST_F(AdaptiveReaderTest, KeepsBatchesWhereTheyAreFaster) {
  make(4ms, 10ms);
  for (int i = 0; i < 6; ++i) walk();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(walk(), "batch");
  EXPECT_EQ(iter_->walks, 3);
}

TEST_F(AdaptiveReaderTest, BeginsToMeasureWhenTheMapHasGrown) {
  make(10ms, 4ms);
  batch_->rows = iter_->rows = 998;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(walk(), "batch");
  batch_->rows = iter_->rows = 1000;
  for (int i = 0; i < 6; ++i) walk();
  EXPECT_EQ(walk(), "iter");
}

TEST_F(AdaptiveReaderTest, ShowsTheSecondWhatTheFirstHasSeenUntilItHasDecided) {
  std::vector<bool> shown;
  auto first = std::make_unique<TimedReader>("batch", 10ms, clock_);
  auto second = std::make_unique<TimedReader>("iter", 4ms, clock_);
  reader_ = std::make_unique<AdaptiveReader>("m", std::move(first), std::move(second), clock_,
                                             [&](const RowBlock& rows, bool begins) {
                                               EXPECT_EQ(rows.count(), 1000U);
                                               shown.push_back(begins);
                                             });
  for (int i = 0; i < 10; ++i) walk();
  EXPECT_THAT(shown, ::testing::ElementsAre(true, false, true, false, true, false))
      << "two batches of each of the three walks of the first";
}

TEST_F(AdaptiveReaderTest, GoesBackToWhatWorks) {
  make(10ms, 4ms);
  iter_->failing = true;
  EXPECT_EQ(walk(), "batch");
  EXPECT_EQ(walk(), "") << "the failed walk is reported";
  for (int i = 0; i < 10; ++i) EXPECT_EQ(walk(), "batch");
  EXPECT_EQ(iter_->walks, 1);
}

}  // namespace
}  // namespace bpfmap::kernel
