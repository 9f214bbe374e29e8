// SPDX-License-Identifier: Apache-2.0
#include "kernel/perf_event_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/perf_event.h>

namespace bpfmap::kernel {
namespace {

using ::testing::HasSubstr;

void expect_code(const std::string& type, const std::string& event, std::uint32_t type_code,
                 std::uint64_t config) {
  const auto code = perf_event_code(type, event);
  ASSERT_TRUE(code) << type << " " << event << ": " << code.error().message();
  EXPECT_EQ(code->type, type_code) << type << " " << event;
  EXPECT_EQ(code->config, config) << type << " " << event;
}

std::string error_of(const std::string& type, const std::string& event) {
  const auto code = perf_event_code(type, event);
  return code ? "known" : code.error().message();
}

TEST(PerfEventNames, AreThoseOfPerfList) {
  expect_code("software", "cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK);
  expect_code("software", "cs", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES);
  expect_code("software", "cgroup-switches", PERF_TYPE_SOFTWARE, 11);
  expect_code("hardware", "cpu-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES);
  expect_code("hardware", "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES);
  expect_code("hardware", "branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS);
}

TEST(PerfEventNames, OfCachesAreComposed) {
  expect_code("hw_cache", "L1-dcache-load-misses", PERF_TYPE_HW_CACHE, 1 << 16);
  expect_code("hw_cache", "LLC-stores", PERF_TYPE_HW_CACHE, 2 | 1 << 8);
  expect_code("hw_cache", "dTLB-prefetch-misses", PERF_TYPE_HW_CACHE, 3 | 2 << 8 | 1 << 16);
  expect_code("hw_cache", "branch-loads", PERF_TYPE_HW_CACHE, 5);
}

TEST(PerfEventNames, MayBeNumbers) {
  expect_code("raw", "0x1a8", PERF_TYPE_RAW, 0x1a8);
  expect_code("raw", "r1a8", PERF_TYPE_RAW, 0x1a8);
  expect_code("raw", "424", PERF_TYPE_RAW, 424);
  expect_code("17", "5", 17, 5);
  expect_code("1", "cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK);
  expect_code("hardware", "3", PERF_TYPE_HARDWARE, 3);
}

TEST(PerfEventNames, ThatAreUnknownGetASuggestion) {
  EXPECT_EQ(error_of("software", "cpu-clok"),
            "unknown software event 'cpu-clok' (did you mean 'cpu-clock'?)");
  EXPECT_EQ(
      error_of("hw_cache", "L1-dcache-load-mises"),
      "unknown hw_cache event 'L1-dcache-load-mises' (did you mean 'L1-dcache-load-misses'?)");
  EXPECT_EQ(error_of("sofware", "cpu-clock"),
            "unknown perf event type 'sofware' (did you mean 'software'?)");
  EXPECT_THAT(error_of("raw", "cycles"), HasSubstr("events of this type are numbers"));
  EXPECT_THAT(error_of("99999999999", "1"), HasSubstr("unknown perf event type"));
  EXPECT_THAT(error_of("software", "0xzz"), HasSubstr("unknown software event"));
}

}  // namespace
}  // namespace bpfmap::kernel
