// SPDX-License-Identifier: Apache-2.0
// What the code of tests/objects/code_origins.bpf.c says about its numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "kernel/memory_use.h"
#include "kernel/object.h"
#include "support/test_objects.h"

namespace bpfmap::kernel {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using Shape = NumberOrigin::Shape;

class MemoryMeaning : public ::testing::Test {
 protected:
  static MemoryUses uses_of(const std::string& name) {
    const auto object = Object::open_file(test::test_object(name));
    EXPECT_TRUE(object) << name;
    return object ? object->memory_uses() : MemoryUses();
  }

  const MemoryUse& use_of(const std::string& name) const { return uses_.at(name); }
  NumberOrigin slot_of(const std::string& map) const { return use_of(map).counted_by.at(0); }

  const MemoryUses uses_ = uses_of("code_origins");
};

TEST_F(MemoryMeaning, SlotsByALogarithm) {
  const NumberOrigin microseconds{Meaning::kElapsed, Shape::kLogarithm, 4, 1000, 0};
  EXPECT_EQ(slot_of("delays"), microseconds);
  EXPECT_EQ(slot_of("for_all"), microseconds);
  EXPECT_EQ(slot_of("plus_one"), (NumberOrigin{Meaning::kNone, Shape::kLogarithm, 4, 1, 1}));
}

TEST_F(MemoryMeaning, SlotsByDivisionAndAsTheyAre) {
  EXPECT_EQ(slot_of("divided"), (NumberOrigin{Meaning::kNone, Shape::kPlain, 1, 50, 0}));
  EXPECT_EQ(slot_of("as_it_is"), (NumberOrigin{Meaning::kNone, Shape::kPlain, 4, 1, 0}));
}

TEST_F(MemoryMeaning, WhatIsAddedAndWhatIsPut) {
  const MemoryUse& totals = use_of("by_process");
  EXPECT_EQ(totals.added.at(8), (NumberOrigin{Meaning::kElapsed, Shape::kPlain, 1, 1000, 0}));
  EXPECT_EQ(totals.values.at(16).origin.meaning, Meaning::kElapsed);
  EXPECT_EQ(use_of("spent").added.at(0).meaning, Meaning::kElapsed);
  EXPECT_EQ(use_of("started").values.at(0).origin.meaning, Meaning::kTime);
}

TEST_F(MemoryMeaning, Keys) {
  EXPECT_EQ(use_of("by_process").keys.at(0).origin.meaning, Meaning::kProcess);
  EXPECT_EQ(use_of("by_call").keys.at(0).origin.meaning, Meaning::kSystemCall);
  EXPECT_EQ(use_of("started").keys.at(0).origin.meaning, Meaning::kThread);
}

TEST_F(MemoryMeaning, WaysThatSettingsShutAreNotTaken) {
  EXPECT_TRUE(use_of("delays").keys.at(0).constant);
  EXPECT_FALSE(use_of("delays").other_keys);
  EXPECT_TRUE(use_of("filter").used_otherwise);
  EXPECT_FALSE(use_of("filter").is_used());
  EXPECT_THAT(use_of("by_process").written_otherwise, Contains(24U));
  EXPECT_THAT(use_of("by_process").written_otherwise, Not(Contains(8U)));
  EXPECT_THAT(use_of("delays").written_otherwise, IsEmpty());
}

TEST_F(MemoryMeaning, EventsFromTheStack) {
  const auto& records = use_of("sent").records;
  ASSERT_EQ(records.size(), 1U);
  const MemoryUse::Record& record = records.begin()->second;
  EXPECT_EQ(record.size, 32U);
  EXPECT_EQ(record.value_of, "");
  EXPECT_EQ(record.parts.at(0).origin.meaning, Meaning::kElapsed);
  EXPECT_EQ(record.parts.at(8).origin.meaning, Meaning::kProcess);
  EXPECT_TRUE(record.parts.at(12).origin.is_choice());
  EXPECT_EQ(record.parts.at(16).origin.meaning, Meaning::kCommand);
  EXPECT_EQ(record.parts.at(16).size, 16U);
}

TEST_F(MemoryMeaning, EventsThatAreReserved) {
  const MemoryUse& use = use_of("reserved");
  ASSERT_EQ(use.records.size(), 1U);
  EXPECT_EQ(use.records.begin()->second.size, 32U);
  EXPECT_EQ(use.records.begin()->second.value_of, "reserved");
  EXPECT_FALSE(use.escapes);
  EXPECT_EQ(use.values.at(16).origin.meaning, Meaning::kCommand);
}

TEST_F(MemoryMeaning, EventsThatAreValuesOfAnotherMap) {
  const MemoryUses uses = uses_of("event_tails");
  const auto& records = uses.at("executed").records;
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records.begin()->second.value_of, "runs");
  EXPECT_EQ(records.begin()->second.size, 0U) << "it is not always the same";
  EXPECT_TRUE(uses.at("runs").sent);
}

}  // namespace
}  // namespace bpfmap::kernel
