// SPDX-License-Identifier: Apache-2.0
#include "kernel/number_origin.h"

#include <gtest/gtest.h>

namespace bpfmap::kernel {
namespace {

using Shape = NumberOrigin::Shape;

constexpr NumberOrigin kTime{Meaning::kTime};
constexpr NumberOrigin kNumber{};
constexpr NumberOrigin kChoice{Meaning::kNone, Shape::kChoice};

NumberOrigin passed() { return minus(kTime, kNumber); }

TEST(NumberOrigin, ATimeLessANumberHasPassed) {
  EXPECT_EQ(passed().meaning, Meaning::kElapsed);
  EXPECT_EQ(divided_by(passed(), 1000).divided, 1000U);
  EXPECT_EQ(divided_by(divided_by(passed(), 1000), 1000).divided, 1'000'000U);
  EXPECT_EQ(minus(kNumber, kTime).meaning, Meaning::kNone);
  EXPECT_EQ(minus(divided_by(kTime, 1000), kNumber).divided, 1000U);
}

TEST(NumberOrigin, ShiftsThereAndBackClearWhatIsAbove) {
  EXPECT_EQ(shifted_right(shifted_left(kNumber, 32), 32), kNumber);
  const NumberOrigin microseconds = divided_by(passed(), 1000);
  EXPECT_EQ(shifted_right(shifted_left(microseconds, 32), 32), microseconds);
}

TEST(NumberOrigin, HalvesOfPairsAreWhatTheyAre) {
  const NumberOrigin both{Meaning::kProcessAndThread};
  EXPECT_EQ(shifted_right(both, 32).meaning, Meaning::kProcess);
  EXPECT_EQ(shifted_right(shifted_left(both, 32), 32).meaning, Meaning::kThread);
  EXPECT_EQ(masked(both, 0xffffffff).meaning, Meaning::kThread);
  EXPECT_EQ(part_of(both, 0, 4).meaning, Meaning::kThread);
  EXPECT_EQ(part_of(both, 4, 4).meaning, Meaning::kProcess);
  EXPECT_EQ(part_of(both, 0, 8).meaning, Meaning::kProcessAndThread);
  EXPECT_EQ(part_of({Meaning::kUserAndGroup}, 0, 4).meaning, Meaning::kUser);
}

// The upper half, where it is not 0, has 32 added.
TEST(NumberOrigin, ASearchForTheHighestBitIsALogarithm) {
  const NumberOrigin microseconds = divided_by(passed(), 1000);
  const NumberOrigin low = shifted_right(shifted_by_choice(microseconds), 1);
  const NumberOrigin high = plus(shifted_by_choice(shifted_right(microseconds, 32)), 32);
  EXPECT_TRUE(low.is_logarithm());
  const NumberOrigin slot = joined_origin(combined(kChoice, low), high);
  EXPECT_EQ(slot, (NumberOrigin{Meaning::kElapsed, Shape::kLogarithm, 1, 1000, 0}));
  EXPECT_EQ(joined_origin(plus(low, 1), plus(high, 1)).added, 1);
  EXPECT_EQ(shifted_left(slot, 2).multiplied, 4U);
}

TEST(NumberOrigin, OneOfSomeConstantsYieldsToANumber) {
  EXPECT_EQ(joined_origin(kChoice, passed()), passed());
  EXPECT_EQ(joined_origin(passed(), kChoice), passed());
  EXPECT_EQ(shifted_left(kChoice, 4), kChoice);
  EXPECT_EQ(plus(kChoice, 1), kChoice);
  EXPECT_EQ(combined(kChoice, kChoice), kChoice);
}

TEST(NumberOrigin, TextStaysTextWhereBytesAreReadInItsPlace) {
  const NumberOrigin name{Meaning::kCommand};
  EXPECT_EQ(joined_origin(name, kNumber), name);
  EXPECT_EQ(joined_origin(kNumber, name), name);
}

TEST(NumberOrigin, MasksOfCastsAndOfRoundingKeepIt) {
  EXPECT_EQ(masked(passed(), 0xff), passed());
  EXPECT_EQ(masked(passed(), 0x7fffffc), passed());
  EXPECT_EQ(masked(passed(), 15).shape, Shape::kOther) << "modulo 16";
  const NumberOrigin slot = shifted_by_choice(passed());
  EXPECT_EQ(masked(slot, 31), slot) << "as verifiers want to see it";
}

TEST(NumberOrigin, WhatDiffersIsNotFollowed) {
  EXPECT_EQ(joined_origin(divided_by(passed(), 1000), passed()).shape, Shape::kOther);
  EXPECT_EQ(divided_by(passed(), 0).shape, Shape::kOther);
  EXPECT_EQ(divided_by(passed(), -3).shape, Shape::kOther);
  EXPECT_EQ(combined(passed(), kNumber).shape, Shape::kOther);
  NumberOrigin large = kNumber;
  for (int i = 0; i < 10; ++i) large = multiplied_by(large, 1'000'003);
  EXPECT_EQ(large.shape, Shape::kOther);
}

}  // namespace
}  // namespace bpfmap::kernel
