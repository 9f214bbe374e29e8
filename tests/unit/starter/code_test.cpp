// SPDX-License-Identifier: Apache-2.0
#include "starter/code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "kernel/object.h"
#include "support/test_objects.h"

namespace bpfmap::starter {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What `init` makes of the maps of tests/objects/memory_use.bpf.c.
class StarterCode : public ::testing::Test {
 protected:
  void SetUp() override {
    auto object = kernel::Object::open_file(test::test_object("memory_use"));
    ASSERT_TRUE(object) << object.error().message();
    uses_ = object->memory_uses();
    for (const kernel::MapInfo& map : object->maps()) maps_.emplace(map.name, map);
  }

  std::string why_not(const std::string& map) { return why_not_by_code(uses_.at(map), may_do_); }

  Behaviour behaviour(const std::string& map, const std::string& path, Behaviour guessed) {
    const auto field = kernel::resolve_field(maps_.at(map).value, path, "value");
    EXPECT_TRUE(field) << map << " " << path;
    return field ? behaviour_by_code(uses_.at(map), *field, guessed, why_) : guessed;
  }

  kernel::MemoryUses uses_;
  std::map<std::string, kernel::MapInfo> maps_;
  bool may_do_ = false;
  std::string why_;
};

TEST_F(StarterCode, MapsThatProgramsAddToAreForExport) {
  for (const char* map : {"flows", "latencies", "plain", "in_function"}) {
    EXPECT_THAT(why_not(map), IsEmpty()) << map;
  }
}

TEST_F(StarterCode, WhatIsUnderWayIsBetterThanNothing) {
  EXPECT_THAT(why_not("started"), HasSubstr("what is under way"));
  EXPECT_TRUE(may_do_);
}

TEST_F(StarterCode, FiltersAndScratchSpaceAreNot) {
  EXPECT_THAT(why_not("wanted"), HasSubstr("user space is to fill it"));
  EXPECT_FALSE(may_do_);
  EXPECT_THAT(why_not("scratch"), HasSubstr("send as events"));
  EXPECT_FALSE(may_do_);
}

TEST_F(StarterCode, NothingIsSaidAboutWhatEscapes) {
  EXPECT_THAT(why_not("to_callback"), IsEmpty());
  EXPECT_EQ(behaviour("to_callback", "", Behaviour::kMoves), Behaviour::kMoves);
}

// Of a map that others are to use, too, the code says nothing.
TEST_F(StarterCode, MapsThatNoProgramUses) { EXPECT_THAT(why_not("untouched"), IsEmpty()); }

TEST_F(StarterCode, FieldsAreWhatProgramsDoWithThem) {
  EXPECT_EQ(behaviour("flows", "packets", Behaviour::kMoves), Behaviour::kGrows);
  EXPECT_THAT(why_, HasSubstr("programs add to it"));
  EXPECT_EQ(behaviour("flows", "open", Behaviour::kGrows), Behaviour::kMoves);
  EXPECT_THAT(why_, HasSubstr("take from it"));
  EXPECT_EQ(behaviour("flows", "last_seen", Behaviour::kGrows), Behaviour::kTimeStamp);
  EXPECT_THAT(why_, HasSubstr("a time since boot"));
  EXPECT_EQ(behaviour("flows", "state", Behaviour::kGrows), Behaviour::kName);
  EXPECT_EQ(behaviour("flows", "state", Behaviour::kMoves), Behaviour::kMoves);
}

// A number with a sign may be given less than nothing.
TEST_F(StarterCode, NumbersWithASignStayGauges) {
  kernel::MemoryUse use;
  use.grows.insert(28);
  const auto field = kernel::resolve_field(maps_.at("flows").value, "open", "value");
  ASSERT_TRUE(field);
  EXPECT_EQ(behaviour_by_code(use, *field, Behaviour::kGrows, why_), Behaviour::kMoves);
}

}  // namespace
}  // namespace bpfmap::starter
