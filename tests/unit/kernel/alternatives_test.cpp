// SPDX-License-Identifier: Apache-2.0
#include "kernel/object/alternatives.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpfmap::kernel {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<ProgramInfo> programs(std::initializer_list<const char*> names) {
  std::vector<ProgramInfo> infos;
  for (const char* name : names) {
    ProgramInfo info;
    info.name = name;
    infos.push_back(std::move(info));
  }
  return infos;
}

ProgramRequest member(const char* name, std::vector<std::size_t> sets, bool required = true) {
  return {name, true, required, {}, Alternative{0, std::move(sets)}};
}

std::vector<AlternativeGroup> three_sets(bool required = true) {
  const std::vector<ProgramRequest> requests{
      member("a", {0}, required), member("b", {0, 1}, required), member("c", {2}, required)};
  return alternatives_of(programs({"other", "a", "b", "c"}), requests);
}

TEST(Alternatives, AreReadFromRequests) {
  EXPECT_THAT(alternatives_of(programs({"a"}), std::vector<ProgramRequest>{{"a", true, true, {}}}),
              IsEmpty());
  auto groups = three_sets();
  ASSERT_EQ(groups.size(), 1U);
  ASSERT_EQ(groups[0].sets.size(), 3U);
  EXPECT_EQ(groups[0].sets[0].name(), "a, b");
  EXPECT_EQ(groups[0].sets[1].name(), "b");
  EXPECT_EQ(groups[0].sets[2].name(), "c");
  EXPECT_EQ(group_of(groups, 0), nullptr);
  EXPECT_EQ(group_of(groups, 2), &groups[0]);
}

TEST(Alternatives, ThatAreRefusedTakeTheirSetsWithThem) {
  auto groups = three_sets();
  AlternativeGroup& group = groups[0];
  group.refuse(1, "a does not load");
  EXPECT_FALSE(group.sets[0].works());
  EXPECT_TRUE(group.sets[1].works());
  EXPECT_TRUE(group.needs(2)) << "b is of another set, too";
  EXPECT_FALSE(group.needs(1));
  group.refuse(2, "b does not load");
  EXPECT_TRUE(group.has_working_set());
  group.refuse(3, "c does not load");
  EXPECT_FALSE(group.has_working_set());
  EXPECT_THAT(none_works(group, "x.bpf.o").message(),
              AllOf(HasSubstr("use one of the alternatives of x.bpf.o: none of them works here"),
                    HasSubstr("[a, b]: a does not load"), HasSubstr("[b]: b does not load"),
                    HasSubstr("[c]: c does not load")));
}

TEST(Alternatives, MayHaveProgramsThatAreNotRequired) {
  const std::vector<ProgramRequest> requests{member("a", {0}), member("b", {0}, false),
                                             member("c", {1})};
  auto groups = alternatives_of(programs({"a", "b", "c"}), requests);
  AlternativeGroup& group = groups.at(0);
  group.refuse(1, "b does not load");
  EXPECT_TRUE(group.sets[0].works());
  group.refuse(0, "a does not load");
  EXPECT_FALSE(group.sets[0].works());
  EXPECT_TRUE(group.required());
}

TEST(Alternatives, OfOptionalProgramsWorkWithOneOfThem) {
  auto groups = three_sets(false);
  AlternativeGroup& group = groups[0];
  EXPECT_FALSE(group.required());
  group.refuse(1, "a does not load");
  EXPECT_TRUE(group.sets[0].works());
  group.refuse(2, "b does not load");
  EXPECT_FALSE(group.sets[0].works());
}

TEST(Alternatives, SayEachReasonOnce) {
  auto groups = three_sets();
  groups[0].refuse(1, "the kernel is locked down");
  groups[0].refuse(2, "the kernel is locked down");
  EXPECT_EQ(groups[0].sets[0].problem(), "the kernel is locked down");
}

}  // namespace
}  // namespace bpfmap::kernel
