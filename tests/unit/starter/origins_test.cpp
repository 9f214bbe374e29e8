// SPDX-License-Identifier: Apache-2.0
// What `init` makes of where numbers come from. Whole files are in tests/golden/init.
#include "starter/origins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "starter/sampled_event.h"

namespace bpfmap::starter {
namespace {

using kernel::Meaning;
using kernel::NumberOrigin;
using ::testing::HasSubstr;
using Shape = NumberOrigin::Shape;

std::string scale(const NumberOrigin& slot, std::uint32_t element) {
  const auto scale = scale_of_slots(slot, element);
  return scale ? scale->yaml : "unknown";
}

TEST(StarterOrigins, TimesHaveTheUnitThatTheyWereDividedTo) {
  NumberOrigin passed{Meaning::kElapsed};
  EXPECT_EQ(unit_of_origin(passed)->yaml, "1ns");
  passed.divided = 1000;
  EXPECT_EQ(unit_of_origin(passed)->yaml, "1us");
  passed.divided = 1'000'000;
  EXPECT_EQ(unit_of_origin(passed)->yaml, "1ms");
  passed.divided = 1024;
  EXPECT_FALSE(unit_of_origin(passed));
  EXPECT_FALSE(unit_of_origin({Meaning::kTime})) << "it has not passed";
  EXPECT_FALSE(unit_of_origin({Meaning::kElapsed, Shape::kOther}));
}

TEST(StarterOrigins, SlotsAreWhatTheirNumbersAreMadeOf) {
  EXPECT_EQ(scale({Meaning::kNone, Shape::kLogarithm, 4}, 4), "scale: log2");
  EXPECT_EQ(scale({Meaning::kNone, Shape::kLogarithm, 8, 1, 32}, 8), "scale: log2");
  EXPECT_EQ(scale({Meaning::kNone, Shape::kLogarithm, 4, 1, 33}, 4), "scale: bcc_hist");
  EXPECT_EQ(scale({Meaning::kNone, Shape::kLogarithm, 8}, 4), "unknown") << "of every other one";
  EXPECT_EQ(scale({Meaning::kNone, Shape::kPlain, 4}, 4), "scale: linear");
  EXPECT_EQ(scale({Meaning::kNone, Shape::kPlain, 1, 50}, 4), "scale: linear_floor, step: 200");
  EXPECT_EQ(scale({Meaning::kNone, Shape::kOther, 4}, 4), "unknown");
  EXPECT_EQ(scale({Meaning::kNone, Shape::kChoice, 4}, 4), "unknown");
}

TEST(StarterOrigins, WhatTheLogarithmWasTakenOfIsSaid) {
  const auto kib = scale_of_slots({Meaning::kNone, Shape::kLogarithm, 4, 1024}, 4);
  ASSERT_TRUE(kib);
  EXPECT_THAT(kib->why, HasSubstr("divided by 1024"));
  EXPECT_EQ(kib->unit->yaml, "1KiB");
}

TEST(StarterSampledEvent, IsWhatTheNameSays) {
  EXPECT_THAT(sampled_event("on_cache_miss")->attach, HasSubstr("event: cache-misses, period"));
  EXPECT_THAT(sampled_event("on_llc_refs")->attach, HasSubstr("event: cache-references"));
  EXPECT_TRUE(sampled_event("on_cache_ref")->needs_hardware);
  EXPECT_THAT(sampled_event("count_page_faults")->attach, HasSubstr("type: software"));
  EXPECT_FALSE(sampled_event("count_page_faults")->needs_hardware);
  EXPECT_EQ(sampled_event("do_sample")->event, "cpu-clock");
  EXPECT_FALSE(sampled_event("on_event"));
  EXPECT_FALSE(sampled_event("cache"));
}

}  // namespace
}  // namespace bpfmap::starter
