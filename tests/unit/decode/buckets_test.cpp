// SPDX-License-Identifier: Apache-2.0
#include "decode/buckets.h"

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
  for (std::size_t i = 0; i < buckets.size(); ++i) texts.push_back(buckets.bound_text(i));
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
