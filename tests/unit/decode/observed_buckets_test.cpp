// SPDX-License-Identifier: Apache-2.0
#include "decode/render/observed_buckets.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace bpfmap::decode {
namespace {

Number observed(std::uint64_t value) { return {Number::Kind::kUnsigned, value}; }
Number negative(std::int64_t value) {
  return {Number::Kind::kSigned, static_cast<std::uint64_t>(value)};
}
Number real(double value) { return {Number::Kind::kFloat, std::bit_cast<std::uint64_t>(value)}; }

config::BucketsConfig scale(config::BucketScale scale, config::Ratio unit = {}) {
  config::BucketsConfig config;
  config.scale = scale;
  config.unit = unit;
  return config;
}

config::BucketsConfig bounds(const std::vector<double>& values) {
  config::BucketsConfig config = scale(config::BucketScale::kExplicit, {1, 1e6});
  for (const double value : values) config.bounds.push_back({value, {}});
  return config;
}

TEST(ObservedBuckets, PowersOfTwoIncludeTheirBound) {
  // The unit is of the metric, not of the field.
  const ObservedBuckets buckets(scale(config::BucketScale::kExp2, {1, 1e6}), 0, 3);
  EXPECT_EQ(buckets.size(), 5U);
  const std::vector<std::size_t> expected = {0, 0, 1, 2, 2, 3, 3, 3, 3, 4, 4};
  for (std::uint64_t value = 0; value < expected.size(); ++value) {
    EXPECT_EQ(buckets.index_of(observed(value)), expected[value]) << value;
  }
}

TEST(ObservedBuckets, BelowTheFirstSlotIsInTheFirst) {
  const ObservedBuckets buckets(scale(config::BucketScale::kExp2), 4, 5);
  EXPECT_EQ(buckets.index_of(observed(0)), 0U);
  EXPECT_EQ(buckets.index_of(observed(16)), 0U);
  EXPECT_EQ(buckets.index_of(observed(17)), 1U);
  EXPECT_EQ(buckets.index_of(observed(32)), 1U);
  EXPECT_EQ(buckets.index_of(observed(33)), 2U);
}

TEST(ObservedBuckets, PowersOfTwoWithZero) {
  const ObservedBuckets buckets(scale(config::BucketScale::kExp2Zero), 0, 3);
  const std::vector<std::size_t> expected = {0, 1, 2, 3, 3, 4};
  for (std::uint64_t value = 0; value < expected.size(); ++value) {
    EXPECT_EQ(buckets.index_of(observed(value)), expected[value]) << value;
  }
  EXPECT_EQ(buckets.index_of(negative(-1)), 0U);
}

TEST(ObservedBuckets, SlotsThatRoundDownEndBeforeTheNext) {
  const ObservedBuckets log2(scale(config::BucketScale::kLog2, {1, 1e6}), 0, 2);
  const std::vector<std::size_t> expected = {0, 0, 1, 1, 2, 2, 2, 2, 3};
  for (std::uint64_t value = 0; value < expected.size(); ++value) {
    EXPECT_EQ(log2.index_of(observed(value)), expected[value]) << value;
  }
  config::BucketsConfig lhist = scale(config::BucketScale::kBpftraceLhist);
  lhist.lhist = {10, 30, 10};
  const ObservedBuckets linear(lhist, 0, 2);
  EXPECT_EQ(linear.index_of(negative(-5)), 0U);
  EXPECT_EQ(linear.index_of(observed(9)), 0U);
  EXPECT_EQ(linear.index_of(observed(10)), 1U);
  EXPECT_EQ(linear.index_of(observed(29)), 2U);
  EXPECT_EQ(linear.index_of(observed(30)), 3U);
}

TEST(ObservedBuckets, LargeIntegersAreNotRounded) {
  const ObservedBuckets buckets(scale(config::BucketScale::kExp2), 53, 64);
  const std::uint64_t at = std::uint64_t{1} << 53U;
  EXPECT_EQ(buckets.index_of(observed(at)), 0U);
  EXPECT_EQ(buckets.index_of(observed(at + 1)), 1U);  // as a double it is the bound
  EXPECT_EQ(buckets.index_of(observed((std::uint64_t{1} << 63U) + 1)), 11U);
  EXPECT_EQ(buckets.index_of(observed(std::numeric_limits<std::uint64_t>::max())), 11U);
  EXPECT_EQ(buckets.index_of(negative(std::numeric_limits<std::int64_t>::max())), 10U);
  EXPECT_EQ(buckets.index_of(negative(std::numeric_limits<std::int64_t>::min())), 0U);
}

TEST(ObservedBuckets, NothingOf64BitsIsBeyondTheBoundsOfGiants) {
  const ObservedBuckets buckets(scale(config::BucketScale::kExp2), 64, 1000);
  EXPECT_EQ(buckets.index_of(observed(std::numeric_limits<std::uint64_t>::max())), 0U);
}

TEST(ObservedBuckets, LinearStepsAreDecimal) {
  config::BucketsConfig config = scale(config::BucketScale::kLinear);
  config.step = {0.1, {}};
  const ObservedBuckets buckets(config, 0, 10);
  EXPECT_EQ(buckets.index_of(real(0.3)), 3U);  // 3 * 0.1 is more than 0.3
  EXPECT_EQ(buckets.index_of(real(std::nextafter(0.3, 1))), 4U);
  EXPECT_EQ(buckets.index_of(observed(0)), 0U);
  EXPECT_EQ(buckets.index_of(observed(1)), 10U);
  EXPECT_EQ(buckets.index_of(observed(2)), 11U);
}

TEST(ObservedBuckets, BoundsBetweenIntegersAndBelowZero) {
  const ObservedBuckets buckets(bounds({-2.5, 0, 0.5, 7.5}), 0, 3);
  EXPECT_EQ(buckets.index_of(negative(-3)), 0U);
  EXPECT_EQ(buckets.index_of(negative(-2)), 1U);
  EXPECT_EQ(buckets.index_of(negative(0)), 1U);
  EXPECT_EQ(buckets.index_of(observed(1)), 3U);
  EXPECT_EQ(buckets.index_of(observed(7)), 3U);
  EXPECT_EQ(buckets.index_of(observed(8)), 4U);
  EXPECT_EQ(buckets.index_of(real(-2.5)), 0U);
  EXPECT_EQ(buckets.index_of(real(0.25)), 2U);
}

TEST(ObservedBuckets, WhatIsNoNumberIsBelowNoBound) {
  const ObservedBuckets buckets(bounds({1, 2}), 0, 1);
  EXPECT_EQ(buckets.index_of(real(std::nan(""))), 2U);
  EXPECT_EQ(buckets.index_of(real(std::numeric_limits<double>::infinity())), 2U);
  EXPECT_EQ(buckets.index_of(real(-std::numeric_limits<double>::infinity())), 0U);
}

}  // namespace
}  // namespace bpfmap::decode
