// SPDX-License-Identifier: Apache-2.0
#include "exposition/numbers.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "number_text.h"

namespace bpfmap::exposition {
namespace {

constexpr auto kMaxUnsigned = std::numeric_limits<std::uint64_t>::max();
constexpr auto kMaxSigned = std::numeric_limits<std::int64_t>::max();
constexpr auto kMinSigned = std::numeric_limits<std::int64_t>::min();

// Every power of two and of ten with its neighbours: where the number of bits or of digits changes.
std::vector<std::uint64_t> boundaries() {
  std::vector<std::uint64_t> powers = {0, kMaxUnsigned};
  for (unsigned bit = 0; bit < 64; ++bit) powers.push_back(std::uint64_t{1} << bit);
  for (std::uint64_t ten = 1; ten < kMaxUnsigned / 10; ten *= 10) powers.push_back(ten);
  powers.push_back(10'000'000'000'000'000'000U);
  std::vector<std::uint64_t> all;
  for (const std::uint64_t power : powers) {
    for (const std::uint64_t near : {power - 1, power, power + 1}) all.push_back(near);
  }
  return all;
}

double parsed(const std::string& text) {
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  EXPECT_EQ(result.ptr, text.data() + text.size()) << text;
  return value;
}

TEST(Unsigned, WritesEveryBoundary) {
  for (const std::uint64_t value : boundaries()) {
    EXPECT_EQ(unsigned_text(value), std::to_string(value));
  }
}

TEST(Unsigned, WritesItsLimitsExactly) {
  EXPECT_EQ(unsigned_text(0), "0");
  EXPECT_EQ(unsigned_text(9'007'199'254'740'993), "9007199254740993");  // no double can hold it
  EXPECT_EQ(unsigned_text(kMaxUnsigned), "18446744073709551615");
}

TEST(Unsigned, WritesEveryNumberOfSixDigits) {
  for (std::uint64_t value = 0; value < 1'000'000; ++value) {
    ASSERT_EQ(unsigned_text(value), std::to_string(value));
  }
}

TEST(Unsigned, WritesRandomNumbersOfEveryLength) {
  std::mt19937_64 random(1);  // NOLINT: the same numbers in every run
  for (int i = 0; i < 500'000; ++i) {
    const std::uint64_t value = random() >> random() % 64;
    ASSERT_EQ(unsigned_text(value), std::to_string(value));
  }
}

TEST(Signed, WritesEveryBoundaryOfBothSigns) {
  for (const std::uint64_t bits : boundaries()) {
    const auto value = static_cast<std::int64_t>(bits);
    EXPECT_EQ(signed_text(value), std::to_string(value));
  }
  EXPECT_EQ(signed_text(kMinSigned), "-9223372036854775808");
  EXPECT_EQ(signed_text(kMaxSigned), "9223372036854775807");
}

TEST(Wide, AgreesWith64BitsWhereTheySuffice) {
  for (const std::uint64_t value : boundaries()) {
    EXPECT_EQ(wide_text(value), std::to_string(value));
    const std::string sign = value == 0 ? "" : "-";
    EXPECT_EQ(wide_text(-Int128{value}), sign + std::to_string(value));
  }
}

TEST(Wide, WritesSumsBeyond64Bits) {
  const Int128 two_to_64 = Int128{kMaxUnsigned} + 1;
  EXPECT_EQ(wide_text(two_to_64), "18446744073709551616");
  EXPECT_EQ(wide_text(-two_to_64), "-18446744073709551616");
  EXPECT_EQ(wide_text(Int128{kMaxUnsigned} * 128), "2361183241434822606720");
  EXPECT_EQ(wide_text(Int128{10'000'000'000} * 10'000'000'000), "100000000000000000000");
}

TEST(Wide, KeepsZerosInItsLowerPart) {
  const Int128 ten_to_19 = Int128{10'000'000'000'000'000'000U};
  EXPECT_EQ(wide_text(ten_to_19 * 7), "70000000000000000000");
  EXPECT_EQ(wide_text(ten_to_19 * 7 + 5), "70000000000000000005");
  EXPECT_EQ(wide_text(ten_to_19 * 7 + 1'000'000'000'000'000'000), "71000000000000000000");
  EXPECT_EQ(wide_text(ten_to_19 * 3 - 1), "29999999999999999999");
}

TEST(Wide, WritesNumbersWithoutASign) {
  const auto text = [](Uint128 value) {
    char out[kMaxWideChars];
    return std::string(out, write_wide_unsigned(out, value));
  };
  const Uint128 ten_to_19 = 10'000'000'000'000'000'000U;
  const Uint128 ten_to_38 = ten_to_19 * ten_to_19;
  EXPECT_EQ(text(7), "7");
  EXPECT_EQ(text(Uint128{1} << 64U), "18446744073709551616");
  EXPECT_EQ(text(Uint128{1} << 127U), "170141183460469231731687303715884105728");
  EXPECT_EQ(text(ten_to_38), "1" + std::string(38, '0'));
  EXPECT_EQ(text(ten_to_38 - 1), std::string(38, '9'));
  EXPECT_EQ(text(ten_to_38 * 3 + ten_to_19),
            "3" + std::string(18, '0') + "1" + std::string(19, '0'));
  EXPECT_EQ(text(~Uint128{0}), "340282366920938463463374607431768211455");
}

TEST(Wide, WritesItsLimits) {
  const Int128 half = Int128{1} << 126;
  const Int128 most = half - 1 + half;
  EXPECT_EQ(wide_text(most), "170141183460469231731687303715884105727");
  EXPECT_EQ(wide_text(-most - 1), "-170141183460469231731687303715884105728");
}

TEST(Double, WritesIntegersWithoutExponent) {
  EXPECT_EQ(double_text(0), "0");
  EXPECT_EQ(double_text(10), "10");
  EXPECT_EQ(double_text(-10), "-10");
  EXPECT_EQ(double_text(100'000), "100000");
  EXPECT_EQ(double_text(1e15), "1000000000000000");
  EXPECT_EQ(double_text(9007199254740991.0), "9007199254740991");
  EXPECT_EQ(double_text(-9007199254740991.0), "-9007199254740991");
  EXPECT_EQ(double_text(9007199254740992.0), "9.007199254740992e+15");
}

TEST(Double, WritesTheShortestFraction) {
  EXPECT_EQ(double_text(0.1), "0.1");
  EXPECT_EQ(double_text(-2.5), "-2.5");
  EXPECT_EQ(double_text(0.30000000000000004), "0.30000000000000004");
  EXPECT_EQ(double_text(123456789.125), "123456789.125");
  EXPECT_EQ(double_text(0.0001), "0.0001");
  EXPECT_EQ(double_text(0.00001), "1e-05");
  EXPECT_EQ(double_text(1e300), "1e+300");
}

TEST(Double, SpellsWhatIsNotFiniteLikePrometheus) {
  EXPECT_EQ(double_text(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(double_text(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_EQ(double_text(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(double_text(-std::numeric_limits<double>::quiet_NaN()), "NaN");
}

TEST(Double, KeepsTheSignOfZero) { EXPECT_EQ(double_text(-0.0), "-0"); }

TEST(Double, WritesItsLimits) {
  using Limits = std::numeric_limits<double>;
  EXPECT_EQ(double_text(Limits::max()), "1.7976931348623157e+308");
  EXPECT_EQ(double_text(Limits::lowest()), "-1.7976931348623157e+308");
  EXPECT_EQ(double_text(-Limits::min()), "-2.2250738585072014e-308");
  EXPECT_EQ(double_text(Limits::denorm_min()), "5e-324");
}

TEST(Double, ReadsBackAsTheSameNumber) {
  std::mt19937_64 random(2);  // NOLINT: the same numbers in every run
  for (int i = 0; i < 300'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    ASSERT_EQ(std::bit_cast<std::uint64_t>(parsed(double_text(value))),
              std::bit_cast<std::uint64_t>(value));
    ASSERT_EQ(parsed(bound_text(value)), value);
  }
}

TEST(Double, ReadsBackWherePlainNotationMeetsTheExponent) {
  for (const double edge : {1e-4, 1e6, 1e15, 4503599627370496.0, 9007199254740992.0}) {
    for (const double value : {std::nextafter(edge, 0), edge, std::nextafter(edge, 2 * edge)}) {
      EXPECT_EQ(parsed(double_text(value)), value);
      EXPECT_EQ(parsed(double_text(-value)), -value);
      EXPECT_EQ(parsed(bound_text(value)), value);
    }
  }
}

// What client_golang writes into `le`, taken from pages of Go exporters.
TEST(Bound, IsSpelledLikeTheGoClient) {
  EXPECT_EQ(bound_text(0), "0");
  EXPECT_EQ(bound_text(-0.0), "0");
  EXPECT_EQ(bound_text(1), "1");
  EXPECT_EQ(bound_text(-1), "-1");
  EXPECT_EQ(bound_text(0.005), "0.005");
  EXPECT_EQ(bound_text(0.0001), "0.0001");
  EXPECT_EQ(bound_text(0.00001), "1e-05");
  EXPECT_EQ(bound_text(1.024e-06), "1.024e-06");
  EXPECT_EQ(bound_text(0.000128), "0.000128");
  EXPECT_EQ(bound_text(100'000), "100000");
  EXPECT_EQ(bound_text(524288), "524288");
  EXPECT_EQ(bound_text(999999.5), "999999.5");
  EXPECT_EQ(bound_text(1'000'000), "1e+06");
  EXPECT_EQ(bound_text(1'048'576), "1.048576e+06");
  EXPECT_EQ(bound_text(-1'048'576), "-1.048576e+06");
  EXPECT_EQ(bound_text(33.554432), "33.554432");
  EXPECT_EQ(bound_text(1.8446744073709552e19), "1.8446744073709552e+19");
  EXPECT_EQ(bound_text(std::numeric_limits<double>::infinity()), "+Inf");
}

TEST(Number, KeepsIntegersExact) {
  EXPECT_EQ(number_text(kMaxUnsigned), "18446744073709551615");
  EXPECT_EQ(number_text(kMinSigned), "-9223372036854775808");
  EXPECT_EQ(number_text(std::int8_t{-1}), "-1");
  EXPECT_EQ(number_text(std::uint8_t{200}), "200");
  EXPECT_EQ(number_text(true), "1");
  EXPECT_EQ(number_text(Int128{kMaxUnsigned} + kMaxUnsigned), "36893488147419103230");
}

TEST(Number, TakesDoubles) {
  EXPECT_EQ(number_text(0.25), "0.25");
  EXPECT_EQ(number_text(0.5F), "0.5");
  EXPECT_EQ(number_text(1e6), "1000000");
  EXPECT_EQ(number_text(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

}  // namespace
}  // namespace bpfmap::exposition
