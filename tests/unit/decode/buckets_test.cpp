// SPDX-License-Identifier: Apache-2.0
#include "decode/render/buckets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace bpfmap::decode {
namespace {

using config::BucketScale;
using config::BucketsConfig;
using ::testing::ElementsAre;

BucketsConfig scale_of(BucketScale scale, config::Ratio unit = {}) {
  BucketsConfig config;
  config.scale = scale;
  config.unit = unit;
  return config;
}

std::vector<std::string> bounds_of(const BucketsConfig& config, std::int64_t first,
                                   std::int64_t last) {
  const Buckets buckets(config, first, last);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < buckets.size(); ++i) texts.push_back(buckets.bound_texts()[i]);
  return texts;
}

TEST(Buckets, Exp2) {
  EXPECT_THAT(bounds_of(scale_of(BucketScale::kExp2), 0, 3),
              ElementsAre("1", "2", "4", "8", "+Inf"));
  EXPECT_THAT(bounds_of(scale_of(BucketScale::kExp2), -2, 0),
              ElementsAre("0.25", "0.5", "1", "+Inf"));
}

// As ebpf_exporter and every client library in Go spell them.
TEST(Buckets, BoundsAreSpelledAsGoDoes) {
  EXPECT_THAT(bounds_of(scale_of(BucketScale::kExp2, {1, 1e6}), 0, 2),
              ElementsAre("1e-06", "2e-06", "4e-06", "+Inf"));
  EXPECT_THAT(bounds_of(scale_of(BucketScale::kExp2, {1, 1e6}), 25, 26),
              ElementsAre("33.554432", "67.108864", "+Inf"));
  EXPECT_THAT(bounds_of(scale_of(BucketScale::kExp2), 19, 20),
              ElementsAre("524288", "1.048576e+06", "+Inf"));
}

TEST(Buckets, Exp2ZeroBeginsWithZero) {
  EXPECT_THAT(bounds_of(scale_of(BucketScale::kExp2Zero), 0, 3),
              ElementsAre("0", "1", "2", "4", "+Inf"));
  EXPECT_THAT(bounds_of(scale_of(BucketScale::kExp2Zero), 2, 3), ElementsAre("2", "4", "+Inf"));
}

TEST(Buckets, LinearStepsAreOneByDefault) {
  EXPECT_THAT(bounds_of(scale_of(BucketScale::kLinear), 0, 2), ElementsAre("0", "1", "2", "+Inf"));
}

// Each of these is off by a unit in the last place, when it is multiplied or added up as a double.
TEST(Buckets, DecimalsStayDecimals) {
  BucketsConfig linear = scale_of(BucketScale::kLinear);
  linear.step = {0.1, {}};
  EXPECT_THAT(bounds_of(linear, 1, 8),
              ElementsAre("0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "+Inf"));
  linear.unit = {1, 100};
  EXPECT_THAT(bounds_of(linear, 3, 7),
              ElementsAre("0.003", "0.004", "0.005", "0.006", "0.007", "+Inf"));
  BucketsConfig bounds = scale_of(BucketScale::kExplicit, {1, 100});
  bounds.bounds = {{0.07, {}}, {0.7, {}}, {7, {}}};
  EXPECT_THAT(bounds_of(bounds, 0, 2), ElementsAre("0.0007", "0.007", "0.07", "+Inf"));
}

TEST(Buckets, StepsThatAreNoShortDecimals) {
  BucketsConfig linear = scale_of(BucketScale::kLinear);
  linear.step = {1.0 / 3, {}};
  EXPECT_THAT(bounds_of(linear, 3, 3), ElementsAre("1", "+Inf"));
  linear.step = {1e-300, {}};
  EXPECT_THAT(bounds_of(linear, 1, 2), ElementsAre("1e-300", "2e-300", "+Inf"));
}

TEST(Buckets, ExplicitBounds) {
  BucketsConfig config = scale_of(BucketScale::kExplicit);
  config.bounds = {{-1.5, {}}, {0, {}}, {1e6, {}}};
  EXPECT_THAT(bounds_of(config, 0, 2), ElementsAre("-1.5", "0", "1e+06", "+Inf"));
}

// Each value's slot as a program makes it lies between the bound of the slot before and its own.
template <typename SlotOf>
void expect_slots(const BucketsConfig& config, std::int64_t least, std::int64_t most,
                  SlotOf slot_of) {
  for (std::int64_t value = least; value <= most; ++value) {
    const std::int64_t slot = slot_of(value);
    EXPECT_LE(static_cast<double>(value), slot_bound(config, slot)) << value << " in slot " << slot;
    if (slot == 0) continue;
    EXPECT_GT(static_cast<double>(value), slot_bound(config, slot - 1))
        << value << " in slot " << slot;
  }
}

std::int64_t floor_log2(std::int64_t value) {
  std::int64_t log = 0;
  while (value > 1) value /= 2, ++log;
  return log;
}

TEST(Buckets, Log2SlotsEndBeforeTheNextPower) {
  EXPECT_THAT(bounds_of(scale_of(BucketScale::kLog2), 0, 4),
              ElementsAre("1", "3", "7", "15", "31", "+Inf"));
  EXPECT_THAT(bounds_of(scale_of(BucketScale::kLog2, {1, 1e6}), 0, 2),
              ElementsAre("1e-06", "3e-06", "7e-06", "+Inf"));
  EXPECT_THAT(bounds_of(scale_of(BucketScale::kLog2, {1, 1e6}), 26, 26),
              ElementsAre("134.217727", "+Inf"));
  EXPECT_EQ(slot_bound(scale_of(BucketScale::kLog2), 52), 9007199254740991.0);
  EXPECT_EQ(slot_bound(scale_of(BucketScale::kLog2), 63), 18446744073709551616.0);
  expect_slots(scale_of(BucketScale::kLog2), 0, 5000, floor_log2);
}

TEST(Buckets, BccAddsOneToLog2) {
  EXPECT_THAT(bounds_of(scale_of(BucketScale::kBccHist), 0, 4),
              ElementsAre("0", "1", "3", "7", "15", "+Inf"));
}

// As createLog2Function() of bpftrace's codegen makes slots.
std::int64_t bpftrace_slot(std::int64_t value, std::uint32_t bits) {
  if (value < 0) return 0;
  const std::int64_t mask = (std::int64_t{1} << bits) - 1;
  if (value <= mask) return value + 1;
  const std::int64_t shift = floor_log2(value) - bits;
  return ((shift + 1) << bits) + (value >> shift & mask) + 1;
}

TEST(Buckets, HistOfBpftrace) {
  EXPECT_THAT(bounds_of(scale_of(BucketScale::kBpftraceHist), 0, 5),
              ElementsAre("-1", "0", "1", "3", "7", "15", "+Inf"));
  for (const std::uint32_t bits : {0U, 1U, 2U, 5U}) {
    BucketsConfig config = scale_of(BucketScale::kBpftraceHist);
    config.bits = bits;
    expect_slots(config, -3, 20000, [&](std::int64_t value) { return bpftrace_slot(value, bits); });
    const std::int64_t last = bpftrace_slot(std::numeric_limits<std::int64_t>::max(), bits);
    EXPECT_EQ(slot_bound(config, last), 9223372036854775808.0) << bits;  // 2^63 - 1, rounded
  }
}

TEST(Buckets, LhistOfBpftrace) {
  BucketsConfig config = scale_of(BucketScale::kBpftraceLhist);
  config.lhist = {100, 1050, 100};
  EXPECT_EQ(last_slot(config), 9);
  EXPECT_THAT(bounds_of(config, 0, 3), ElementsAre("99", "199", "299", "399", "+Inf"));
  expect_slots(config, -50, 1049, [](std::int64_t value) -> std::int64_t {
    if (value < 100) return 0;
    return value > 1050 ? 1 + 950 / 100 : 1 + (value - 100) / 100;
  });
}

TEST(Buckets, LinearSlotsThatRoundDown) {
  BucketsConfig config = scale_of(BucketScale::kLinearFloor);
  EXPECT_THAT(bounds_of(config, 0, 2), ElementsAre("0", "1", "2", "+Inf"));
  config.step = {10, {}};
  EXPECT_THAT(bounds_of(config, 0, 2), ElementsAre("9", "19", "29", "+Inf"));
  expect_slots(config, 0, 500, [](std::int64_t value) { return value / 10; });
}

TEST(Buckets, KnowTheirSlotsWhereTheConfigurationSaysThem) {
  BucketsConfig config = scale_of(BucketScale::kLog2);
  EXPECT_EQ(first_slot(config), 0);
  EXPECT_EQ(last_slot(config), std::nullopt);
  config.min = {2, {}};
  config.max = {9, {}};
  EXPECT_EQ(first_slot(config), 2);
  EXPECT_EQ(last_slot(config), 9);
  config.scale = BucketScale::kExplicit;
  config.bounds = {{1, {}}, {2, {}}};
  EXPECT_EQ(first_slot(config), 0);
  EXPECT_EQ(last_slot(config), 1);
}

TEST(Buckets, IndexOfEverySlot) {
  constexpr auto kFirst = std::numeric_limits<std::int64_t>::min();
  constexpr auto kLast = std::numeric_limits<std::int64_t>::max();
  const Buckets buckets(scale_of(BucketScale::kExp2), -2, 1);
  EXPECT_EQ(buckets.size(), 5U);
  EXPECT_EQ(buckets.finite(), 4U);
  EXPECT_EQ(buckets.index_of(kFirst), 0U);
  EXPECT_EQ(buckets.index_of(-3), 0U);
  EXPECT_EQ(buckets.index_of(-2), 0U);
  EXPECT_EQ(buckets.index_of(-1), 1U);
  EXPECT_EQ(buckets.index_of(1), 3U);
  EXPECT_EQ(buckets.index_of(2), 4U);
  EXPECT_EQ(buckets.index_of(kLast), 4U);
}

TEST(Buckets, FixedOnesHoldWhatIsNotAboveTheirBound) {
  BucketsConfig fixed = scale_of(BucketScale::kFixed);
  fixed.bounds = {{1, {}}, {5, {}}};
  const Buckets buckets(fixed, 0, 1);
  EXPECT_EQ(buckets.index_of(0), 0U);
  EXPECT_EQ(buckets.index_of(1), 0U);
  EXPECT_EQ(buckets.index_of(2), 1U);
  EXPECT_EQ(buckets.index_of(5), 1U);
  EXPECT_EQ(buckets.index_of(6), buckets.finite());
}

TEST(Buckets, BoundsEndWhereDoublesEnd) {
  EXPECT_TRUE(std::isfinite(slot_bound(scale_of(BucketScale::kExp2), 1023)));
  EXPECT_TRUE(std::isinf(slot_bound(scale_of(BucketScale::kExp2), 1024)));
  EXPECT_TRUE(std::isinf(slot_bound(scale_of(BucketScale::kExp2, {1e3, 1}), 1020)));
  EXPECT_TRUE(std::isinf(
      slot_bound(scale_of(BucketScale::kExp2), std::numeric_limits<std::int32_t>::max())));
  EXPECT_EQ(slot_bound(scale_of(BucketScale::kExp2), -std::numeric_limits<std::int32_t>::max()), 0);
}

}  // namespace
}  // namespace bpfmap::decode
