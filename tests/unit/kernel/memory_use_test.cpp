// SPDX-License-Identifier: Apache-2.0
#include "kernel/memory_use.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "kernel/code/read_memory_use.h"
#include "support/test_objects.h"

namespace bpfmap::kernel {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;

// Of struct flow in tests/objects/memory_use.bpf.c.
constexpr std::uint32_t kPackets = 0;
constexpr std::uint32_t kBytes = 8;
constexpr std::uint32_t kLastSeen = 16;
constexpr std::uint32_t kOpen = 28;

class MemoryUseTest : public ::testing::Test {
 protected:
  static std::vector<std::byte> bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto* begin = reinterpret_cast<const std::byte*>(text.data());
    return {begin, begin + text.size()};
  }

  MemoryUse use_of(const std::string& name) const {
    const auto use = uses_.find(name);
    EXPECT_NE(use, uses_.end()) << name;
    return use == uses_.end() ? MemoryUse() : use->second;
  }

  const MemoryUses uses_ = memory_uses(ProgramCode::of(bytes_of(test::test_object("memory_use"))));
};

TEST_F(MemoryUseTest, FieldsThatAreAddedToGrow) {
  const MemoryUse flows = use_of("flows");
  EXPECT_TRUE(flows.looked_up);
  EXPECT_TRUE(flows.updated);
  EXPECT_FALSE(flows.deleted);
  EXPECT_FALSE(flows.escapes);
  EXPECT_THAT(flows.grows, ElementsAre(kPackets, kBytes));
  EXPECT_THAT(flows.falls, ElementsAre(kOpen));
  EXPECT_THAT(flows.assigned, ElementsAre(kLastSeen));
}

TEST_F(MemoryUseTest, EntriesThatAreDeletedWithoutBeingCountedIn) {
  const MemoryUse started = use_of("started");
  EXPECT_TRUE(started.updated);
  EXPECT_TRUE(started.deleted);
  EXPECT_TRUE(started.read);
  EXPECT_FALSE(started.changes());
  EXPECT_FALSE(started.escapes);
}

// A choice between two fields may be made by adding to the address of the first, too.
TEST_F(MemoryUseTest, AnArrayGrowsSomewhere) {
  EXPECT_THAT(use_of("latencies").grows, ElementsAre(0U, MemoryUse::kSomewhere));
  EXPECT_THAT(use_of("by_index").grows, ElementsAre(MemoryUse::kSomewhere));
}

TEST_F(MemoryUseTest, WhatProgramsOnlyLookUpTheyDoNotWrite) {
  const MemoryUse wanted = use_of("wanted");
  EXPECT_TRUE(wanted.looked_up);
  EXPECT_FALSE(wanted.is_written());
  EXPECT_FALSE(wanted.escapes);
}

TEST_F(MemoryUseTest, CountsWithoutAtomicsAreCounts) {
  const MemoryUse plain = use_of("plain");
  EXPECT_THAT(plain.grows, ElementsAre(0U));
  EXPECT_THAT(plain.assigned, IsEmpty());
}

TEST_F(MemoryUseTest, FunctionsOfTheProgramAreFollowed) {
  const MemoryUse in_function = use_of("in_function");
  EXPECT_THAT(in_function.grows, ElementsAre(0U));
  EXPECT_FALSE(in_function.escapes);
}

bpf_insn instruction(int code, int target, int source, int offset, int number) {
  bpf_insn made{};
  made.code = static_cast<std::uint8_t>(code);
  made.dst_reg = static_cast<std::uint8_t>(target & 15);
  made.src_reg = static_cast<std::uint8_t>(source & 15);
  made.off = static_cast<std::int16_t>(offset);
  made.imm = number;
  return made;
}

// Of a program that has a value of the map in r0.
MemoryUse use_by(const std::vector<bpf_insn>& instructions) {
  CodeSection section;
  section.instructions = {
      instruction(BPF_LD | BPF_IMM | BPF_DW, 1, 0, 0, 0),
      instruction(0, 0, 0, 0, 0),
      instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
  };
  section.instructions.insert(section.instructions.end(), instructions.begin(), instructions.end());
  section.instructions.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  section.regions[0] = {0, 0};
  ProgramCode code;
  code.regions = {{"counts", true}};
  code.sections = {section};
  code.programs = {{0, 0}};
  return memory_uses(code).at("counts");
}

// value = lookup(map); if (something) value += 8; *value += 1;
TEST(MemoryUse, OneOfTwoFieldsIsSomewhere) {
  const MemoryUse use = use_by({
      instruction(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1, 0),
      instruction(BPF_ALU64 | BPF_ADD | BPF_K, 0, 0, 0, 8),
      instruction(BPF_LDX | BPF_MEM | BPF_DW, 1, 0, 0, 0),
      instruction(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, 1),
      instruction(BPF_STX | BPF_MEM | BPF_DW, 0, 1, 0, 0),
  });
  EXPECT_THAT(use.grows, ElementsAre(MemoryUse::kSomewhere));
  EXPECT_THAT(use.assigned, IsEmpty());
}

// number = __sync_fetch_and_add(&value->at_8, 1);
TEST(MemoryUse, ACountThatIsReadBackIsACount) {
  const MemoryUse use = use_by({
      instruction(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 1),
      instruction(BPF_STX | BPF_ATOMIC | BPF_DW, 0, 1, 8, BPF_ADD | BPF_FETCH),
  });
  EXPECT_THAT(use.grows, ElementsAre(8U));
  EXPECT_THAT(use.assigned, IsEmpty());
}

// value->at_8 = value->at_0 + 1;
TEST(MemoryUse, AFieldThatIsMadeOfAnotherIsSet) {
  const MemoryUse use = use_by({
      instruction(BPF_LDX | BPF_MEM | BPF_DW, 1, 0, 0, 0),
      instruction(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, 1),
      instruction(BPF_STX | BPF_MEM | BPF_DW, 0, 1, 8, 0),
  });
  EXPECT_THAT(use.grows, IsEmpty());
  EXPECT_THAT(use.assigned, ElementsAre(8U));
}

// pointers[0] = value; unknown_helper(pointers);
TEST(MemoryUse, AnAddressOnTheStackEscapesWithTheStack) {
  const MemoryUse use = use_by({
      instruction(BPF_STX | BPF_MEM | BPF_DW, 10, 0, -8, 0),
      instruction(BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0),
      instruction(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -8),
      instruction(BPF_JMP | BPF_CALL, 0, 0, 0, 1 << 20),
  });
  EXPECT_TRUE(use.escapes);
}

// As `last` is set, and one of two counts is added to by an address that is computed.
TEST_F(MemoryUseTest, AFieldThatIsChosenByArithmeticIsNotTheFirst) {
  const MemoryUse chosen = use_of("chosen");
  EXPECT_THAT(chosen.assigned, ElementsAre(0U));
  EXPECT_THAT(chosen.grows, ElementsAre(MemoryUse::kSomewhere));
}

TEST_F(MemoryUseTest, WhatACallbackGetsEscapes) { EXPECT_TRUE(use_of("to_callback").escapes); }

TEST_F(MemoryUseTest, ScratchSpaceOfEventsIsSent) {
  const MemoryUse scratch = use_of("scratch");
  EXPECT_TRUE(scratch.sent);
  EXPECT_THAT(scratch.grows, IsEmpty());
  EXPECT_THAT(scratch.assigned, Contains(kPackets));
}

TEST_F(MemoryUseTest, VariablesAreMemoryToo) {
  EXPECT_THAT(use_of("calls").grows, ElementsAre(0U));
  const MemoryUse last_time = use_of("last_time");
  EXPECT_THAT(last_time.grows, IsEmpty());
  EXPECT_THAT(last_time.assigned, ElementsAre(0U));
}

TEST_F(MemoryUseTest, MapsThatNoProgramRefersToAreNotUsed) {
  EXPECT_FALSE(use_of("untouched").looked_up);
  EXPECT_FALSE(use_of("untouched").escapes);
  EXPECT_THAT(uses_, Not(Contains(Key("LICENSE"))));
}

// Whatever is in it: no endless loop, no access beyond the end.
TEST_F(MemoryUseTest, AnyInstructionsCanBeFollowed) {
  std::vector<std::byte> bytes = bytes_of(test::test_object("memory_use"));
  ProgramCode code = ProgramCode::of(bytes);
  unsigned random = 1;
  for (int round = 0; round < 200; ++round) {
    for (CodeSection& section : code.sections) {
      random = random * 1103515245U + 12345U;
      bpf_insn& instruction = section.instructions[random % section.instructions.size()];
      instruction.code = static_cast<std::uint8_t>(random >> 8);
      instruction.off = static_cast<std::int16_t>(random >> 12);
      instruction.imm = static_cast<std::int32_t>(random >> 3) - (1 << 20);
    }
    EXPECT_EQ(memory_uses(code).size(), uses_.size());
  }
}

}  // namespace
}  // namespace bpfmap::kernel
