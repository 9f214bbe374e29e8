// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace bpfmap {
namespace {

using namespace std::chrono_literals;

TEST(Clock, NeverGoesBack) {
  const SteadyClock clock;
  TimePoint last = clock.now();
  for (int i = 0; i < 1000; ++i) {
    const TimePoint now = clock.now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(Clock, GivesSecondsWithTheirFraction) {
  EXPECT_DOUBLE_EQ(to_seconds(1500ms), 1.5);
  EXPECT_DOUBLE_EQ(to_seconds(1ns), 1e-9);
  EXPECT_DOUBLE_EQ(to_seconds(-2s), -2.0);
  EXPECT_DOUBLE_EQ(to_seconds(Duration::zero()), 0.0);
}

}  // namespace
}  // namespace bpfmap
