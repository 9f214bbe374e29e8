// SPDX-License-Identifier: Apache-2.0
#include "decode/numbers/amount.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string>

namespace bpfmap::decode {
namespace {

using config::Aggregate;

Amount of_unsigned(std::uint64_t value) { return Amount::of({Number::Kind::kUnsigned, value}); }
Amount of_signed(std::int64_t value) {
  return Amount::of({Number::Kind::kSigned, static_cast<std::uint64_t>(value)});
}
Amount of_float(double value) {
  return Amount::of({Number::Kind::kFloat, std::bit_cast<std::uint64_t>(value)});
}

std::string text_of(const Amount& amount, config::Ratio scale = {}) {
  char text[Amount::kMaxChars];
  return {text, amount.write(text, scale)};
}

Amount combined(Amount first, const Amount& second, Aggregate how) {
  first.combine(second, how);
  return first;
}

constexpr std::uint64_t kLargestAmount = std::numeric_limits<std::uint64_t>::max();
constexpr std::int64_t kLeastAmount = std::numeric_limits<std::int64_t>::min();

TEST(Amount, WritesEveryKindOfNumber) {
  EXPECT_EQ(text_of(Amount()), "0");
  EXPECT_EQ(text_of(of_unsigned(kLargestAmount)), "18446744073709551615");
  EXPECT_EQ(text_of(of_signed(kLeastAmount)), "-9223372036854775808");
  EXPECT_EQ(text_of(of_float(-0.1)), "-0.1");
  EXPECT_EQ(text_of(of_float(3)), "3");
  EXPECT_EQ(text_of(of_float(-0.0)), "0");
  EXPECT_EQ(text_of(of_float(std::numeric_limits<double>::infinity())), "+Inf");
  EXPECT_EQ(text_of(of_float(std::nan(""))), "NaN");
}

TEST(Amount, SumsDoNotWrap) {
  EXPECT_EQ(text_of(combined(of_unsigned(kLargestAmount), of_unsigned(1), Aggregate::kSum)),
            "18446744073709551616");
  EXPECT_EQ(text_of(combined(of_signed(kLeastAmount), of_signed(-1), Aggregate::kSum)),
            "-9223372036854775809");
  EXPECT_EQ(text_of(combined(of_float(0.5), of_float(0.25), Aggregate::kSum)), "0.75");
}

TEST(Amount, LargestAndSmallestOfAllKinds) {
  EXPECT_EQ(text_of(combined(of_unsigned(1), of_unsigned(kLargestAmount), Aggregate::kMax)),
            "18446744073709551615");
  EXPECT_EQ(text_of(combined(of_unsigned(kLargestAmount), of_unsigned(1), Aggregate::kMin)), "1");
  EXPECT_EQ(text_of(combined(of_signed(-3), of_signed(-2), Aggregate::kMax)), "-2");
  EXPECT_EQ(text_of(combined(of_signed(-3), of_signed(-2), Aggregate::kMin)), "-3");
  EXPECT_EQ(text_of(combined(of_float(-0.5), of_float(-0.25), Aggregate::kMax)), "-0.25");
  EXPECT_EQ(text_of(combined(of_float(-0.5), of_float(-0.25), Aggregate::kMin)), "-0.5");
}

// In whatever order they come.
TEST(Amount, NotANumberIsNoLargestAndNoSmallest) {
  const Amount nan = of_float(std::nan(""));
  for (const Aggregate how : {Aggregate::kMax, Aggregate::kMin}) {
    EXPECT_EQ(text_of(combined(nan, of_float(-2), how)), "-2");
    EXPECT_EQ(text_of(combined(of_float(-2), nan, how)), "-2");
    EXPECT_EQ(text_of(combined(nan, nan, how)), "NaN");
  }
  EXPECT_EQ(text_of(combined(of_float(-2), nan, Aggregate::kSum)), "NaN");
}

TEST(Amount, RatiosAreRoundedOnce) {
  EXPECT_EQ(text_of(of_unsigned(1200), {1, 1e6}), "0.0012");
  EXPECT_EQ(text_of(of_unsigned(3), {1, 10}), "0.3");
  EXPECT_EQ(text_of(of_signed(-7), {1, 100}), "-0.07");
  EXPECT_EQ(text_of(of_unsigned(512), {512, 1}), "262144");
  EXPECT_EQ(text_of(of_float(1.5), {1, 1e3}), "0.0015");
  EXPECT_EQ(text_of(of_unsigned(0), {1, 1e9}), "0");
  EXPECT_EQ(text_of(of_unsigned(kLargestAmount), {1, 1e9}), "18446744073.709553");
}

TEST(Amount, ZeroIsZeroOfEveryKind) {
  EXPECT_TRUE(of_unsigned(0).is_zero());
  EXPECT_TRUE(of_float(-0.0).is_zero());
  EXPECT_TRUE(combined(of_signed(-3), of_signed(3), Aggregate::kSum).is_zero());
  EXPECT_FALSE(of_signed(-1).is_zero());
  EXPECT_FALSE(of_float(1e-300).is_zero());
  EXPECT_FALSE(of_float(std::nan("")).is_zero());
}

}  // namespace
}  // namespace bpfmap::decode
