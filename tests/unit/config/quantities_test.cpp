// SPDX-License-Identifier: Apache-2.0
#include "config/quantities.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace bpfmap::config {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

template <typename T>
std::string error_of(const Parsed<T>& parsed) {
  return parsed ? "no error" : parsed.error();
}

TEST(Duration, IsASumOfUnits) {
  EXPECT_EQ(parse_duration("500ms").value(), milliseconds(500));
  EXPECT_EQ(parse_duration("5s").value(), seconds(5));
  EXPECT_EQ(parse_duration("1m30s").value(), seconds(90));
  EXPECT_EQ(parse_duration("1h").value(), hours(1));
  EXPECT_EQ(
      parse_duration("1h2m3s4ms5us6ns").value(),
      hours(1) + minutes(2) + seconds(3) + milliseconds(4) + microseconds(5) + nanoseconds(6));
  EXPECT_EQ(parse_duration("8760h").value(), kLongestDuration);
}

TEST(Duration, NeedsAUnit) {
  const std::string expected = "expected a duration such as 500ms, 5s or 1m30s, found ";
  EXPECT_EQ(error_of(parse_duration("5")), expected + "'5' (write the unit: 5s or 5ms)");
  EXPECT_EQ(error_of(parse_duration("0.5")), expected + "'0.5' (write the unit: 0.5s or 0.5ms)");
  for (const char* text :
       {"", "s", "5 s", "5sec", "1.5s", "-5s", "5s1m", "1s1s", "5S", "5s ", "1m5"}) {
    EXPECT_EQ(error_of(parse_duration(text)), expected + "'" + text + "'");
  }
}

TEST(Duration, IsMoreThanZeroAndNotForEver) {
  EXPECT_EQ(error_of(parse_duration("0s")), "expected a duration of more than zero, found '0s'");
  EXPECT_EQ(error_of(parse_duration("0h0s")),
            "expected a duration of more than zero, found '0h0s'");
  for (const char* text : {"8761h", "8760h1ns", "18446744073709551615h", "9223372036854775808ns"}) {
    EXPECT_EQ(error_of(parse_duration(text)),
              "expected at most 8760h, found '" + std::string(text) + "'");
  }
}

TEST(WholeNumber, IsDecimalOrHexadecimal) {
  EXPECT_EQ(parse_unsigned("0", 0, 9).value(), 0U);
  EXPECT_EQ(parse_unsigned("0x1F", 0, 31).value(), 31U);
  EXPECT_EQ(parse_unsigned("18446744073709551615", 0, UINT64_MAX).value(), UINT64_MAX);
  EXPECT_EQ(parse_signed("-5", -5, 5).value(), -5);
  EXPECT_EQ(parse_signed("-9223372036854775808", INT64_MIN, INT64_MAX).value(), INT64_MIN);
  EXPECT_EQ(parse_signed("0x7fffffffffffffff", INT64_MIN, INT64_MAX).value(), INT64_MAX);
}

TEST(WholeNumber, IsInRange) {
  for (const char* text : {"10", "-1", "", "x", "5x", "0x", "1e0", "1.0", "+1", " 1", "0x-1",
                           "18446744073709551616"}) {
    EXPECT_EQ(error_of(parse_unsigned(text, 0, 9)),
              "expected a whole number from 0 to 9, found '" + std::string(text) + "'");
  }
  for (const char* text : {"6", "-6", "9223372036854775808", "-9223372036854775809", "--1"}) {
    EXPECT_EQ(error_of(parse_signed(text, -5, 5)),
              "expected a whole number from -5 to 5, found '" + std::string(text) + "'");
  }
}

TEST(Number, IsFinite) {
  EXPECT_EQ(parse_number("2.5").value(), 2.5);
  EXPECT_EQ(parse_number("-1e3").value(), -1000);
  EXPECT_EQ(parse_number(".5").value(), 0.5);
  for (const char* text : {"inf", "nan", "-infinity", "1e999"}) {
    EXPECT_EQ(error_of(parse_number(text)),
              "expected a finite number, found '" + std::string(text) + "'");
  }
  for (const char* text : {"", "x", "1x", "1,5", "0x10", ".inf", "+1"}) {
    EXPECT_EQ(error_of(parse_number(text)), "expected a number, found '" + std::string(text) + "'");
  }
}

struct RatioCase {
  std::string text;
  double numerator;
  double denominator;
};

TEST(Factor, IsExact) {
  const std::vector<RatioCase> cases = {{"1", 1, 1},
                                        {"1000", 1000, 1},
                                        {"0.001", 1, 1000},
                                        {"-0.5", -5, 10},
                                        {"1e-6", 1, 1e6},
                                        {"1E-6", 1, 1e6},
                                        {"2.5e-2", 25, 1000},
                                        {"2.5e1", 25, 1},
                                        {"2.5e+1", 25, 1},
                                        {"1e-22", 1, 1e22},
                                        // What is not exact that way is the nearest double.
                                        {"1e-23", 1e-23, 1},
                                        {"1e-300", 1e-300, 1},
                                        {"0.12345678901234567890", 0.12345678901234567890, 1},
                                        {"1.5e-22", 1.5e-22, 1}};
  for (const RatioCase& one : cases) {
    const Parsed<Ratio> ratio = parse_factor(one.text);
    ASSERT_TRUE(ratio) << one.text;
    EXPECT_EQ(ratio->numerator, one.numerator) << one.text;
    EXPECT_EQ(ratio->denominator, one.denominator) << one.text;
  }
}

TEST(Factor, IsNotZero) {
  EXPECT_EQ(error_of(parse_factor("0")), "expected a number other than zero, found '0'");
  EXPECT_EQ(error_of(parse_factor("-0.0")), "expected a number other than zero, found '-0.0'");
  EXPECT_EQ(error_of(parse_factor("x")), "expected a number, found 'x'");
}

TEST(Unit, IsExact) {
  const std::vector<RatioCase> cases = {{"1ns", 1, 1e9},
                                        {"1us", 1, 1e6},
                                        {"1ms", 1, 1e3},
                                        {"1s", 1, 1},
                                        {"1m", 60, 1},
                                        {"1h", 3600, 1},
                                        {"100us", 100, 1e6},
                                        {"0.5us", 5, 1e7},
                                        {"1B", 1, 1},
                                        {"512B", 512, 1},
                                        {"1KB", 1000, 1},
                                        {"1MB", 1e6, 1},
                                        {"1GB", 1e9, 1},
                                        {"1TB", 1e12, 1},
                                        {"1KiB", 1024, 1},
                                        {"64KiB", 65536, 1},
                                        {"1MiB", 1048576, 1},
                                        {"1GiB", 1073741824, 1},
                                        {"1TiB", 1099511627776, 1},
                                        {"1", 1, 1},
                                        {"0.01", 1, 100}};
  for (const RatioCase& one : cases) {
    const Parsed<Ratio> ratio = parse_unit(one.text);
    ASSERT_TRUE(ratio) << one.text;
    EXPECT_EQ(ratio->numerator, one.numerator) << one.text;
    EXPECT_EQ(ratio->denominator, one.denominator) << one.text;
  }
}

TEST(Unit, IsKnownAndPositive) {
  for (const char* text :
       {"", "us", "1usec", "0us", "-1us", "1 us", "x", "1kb", "infs", "nan", "1e999s"}) {
    EXPECT_EQ(error_of(parse_unit(text)),
              "expected a unit such as 1us, 1ms, 1s, 1B or 64KiB, found '" + std::string(text) +
                  "' (units: ns us ms s m h B KB MB GB TB KiB MiB GiB TiB)");
  }
}

TEST(Size, IsAWholeNumberOfBytes) {
  EXPECT_EQ(parse_size("1B").value(), 1U);
  EXPECT_EQ(parse_size("64KiB").value(), 65536U);
  EXPECT_EQ(parse_size("0.5KiB").value(), 512U);
  EXPECT_EQ(parse_size("1TiB").value(), std::uint64_t{1} << 40U);
  for (const char* text : {"", "B", "4096", "0B", "-1B", "0.3KiB", "1s", "2TiB", "1kib", "x"}) {
    EXPECT_EQ(error_of(parse_size(text)),
              "expected a size such as 4096B, 64KiB or 1MiB, found '" + std::string(text) + "'");
  }
}

// The reason why there are ratios: the product with 1e-6 is 1.4999999999999999e-05.
TEST(Unit, MakesDecimalNumbersOfMicroseconds) {
  const Ratio ratio = parse_unit("1us").value();
  EXPECT_EQ(15 * ratio.numerator / ratio.denominator, 0.000015);
  EXPECT_NE(15 * 1e-6, 0.000015);
}

}  // namespace
}  // namespace bpfmap::config
