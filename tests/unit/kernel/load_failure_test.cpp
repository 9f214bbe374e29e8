// SPDX-License-Identifier: Apache-2.0
#include "kernel/libbpf/load_failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace bpfmap::kernel {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using What = LoadFailure::What;

LoadFailure explain(const std::vector<std::string>& warnings) {
  return explain_load_failure(warnings);
}

TEST(LoadFailure, OfAProgramThatTheVerifierRejects) {
  const LoadFailure failure =
      explain({"prog 'bad': BPF program load failed: Permission denied",
               "prog 'bad': -- BEGIN PROG LOAD LOG --\n0: R1=ctx(off=0,imm=0)\n; return *p;\n"
               "1: (71) r0 = *(u8 *)(r1 +100)\ninvalid access to packet, off=100 size=1\n"
               "processed 2 insns (limit 1000000) max_states_per_insn 0\n-- END PROG LOAD LOG --",
               "prog 'bad': failed to load: -13", "failed to load object 'x'"});
  EXPECT_EQ(failure.what, What::kProgram);
  EXPECT_EQ(failure.name, "bad");
  EXPECT_TRUE(failure.verifier);
  EXPECT_THAT(failure.detail, HasSubstr("invalid access to packet, off=100 size=1"));
  EXPECT_THAT(failure.detail, Not(HasSubstr("processed")));
  EXPECT_THAT(failure.detail, Not(HasSubstr("LOAD LOG")));
}

TEST(LoadFailure, OfAProgramWithoutAVerifiersLog) {
  const LoadFailure failure =
      explain({"prog 'sleeps': failed to find kernel BTF type ID of 'nothing': -3",
               "prog 'sleeps': failed to prepare load attributes: -3",
               "prog 'sleeps': failed to load: -3", "failed to load object 'x'"});
  EXPECT_EQ(failure.what, What::kProgram);
  EXPECT_EQ(failure.name, "sleeps");
  EXPECT_FALSE(failure.verifier);
  EXPECT_EQ(failure.detail, "failed to find kernel BTF type ID of 'nothing': -3");
}

TEST(LoadFailure, IsThatOfTheLastProgramNamed) {
  const LoadFailure failure =
      explain({"prog 'first': failed to bind map 'a': Invalid argument",
               "prog 'second': BPF program load failed: Operation not permitted",
               "prog 'second': failed to load: -1", "failed to load object 'x'"});
  EXPECT_EQ(failure.name, "second");
  EXPECT_EQ(failure.detail, "");
}

TEST(LoadFailure, OfAMap) {
  const LoadFailure failure =
      explain({"Error in bpf_create_map_xattr(huge):Invalid argument(-22). Retrying without BTF.",
               "map 'huge': failed to create: Invalid argument(-22)", "failed to load object 'x'"});
  EXPECT_EQ(failure.what, What::kMap);
  EXPECT_EQ(failure.name, "huge");
  EXPECT_EQ(failure.detail, "");
}

TEST(LoadFailure, LeavesOutWhatLibbpfGotOver) {
  const LoadFailure failure = explain(
      {"BTF loading error: -22", "-- BEGIN BTF LOAD LOG ---\nmagic: 0xeb9f\n-- END BTF LOAD LOG --",
       "Error loading .BTF into kernel: -22. BTF is optional, ignoring.",
       "permission error while running as root; try raising 'ulimit -l'? current value: 8.0 MiB",
       "Failed to bump RLIMIT_MEMLOCK (err = -1), you might need to do it explicitly!",
       "map 'odd': failed to create: Invalid argument(-22)"});
  EXPECT_EQ(failure.name, "odd");
  EXPECT_EQ(failure.detail, "");
}

TEST(LoadFailure, OfTheWhole) {
  const LoadFailure failure =
      explain({"Error in bpf_object__probe_loading():Operation not permitted(1). Couldn't load "
               "trivial BPF program.",
               "failed to load object 'x'"});
  EXPECT_EQ(failure.what, What::kObject);
  EXPECT_THAT(failure.detail, HasSubstr("Couldn't load trivial BPF program"));
  EXPECT_THAT(failure.detail, Not(HasSubstr("failed to load object")));
  EXPECT_EQ(explain({}).what, What::kObject);
}

TEST(LoadFailure, TakesMessagesThatAreNotWhatTheySeem) {
  EXPECT_EQ(explain({"prog 'unfinished"}).what, What::kObject);
  EXPECT_EQ(explain({"prog '': x"}).what, What::kObject);
  EXPECT_EQ(explain({"map 'm': skipping creation"}).what, What::kObject);
}

TEST(VerifierTail, IsTheLastTwentyLines) {
  std::string log;
  for (int i = 0; i < 1000; ++i) log += std::to_string(i) + ": insn\n";
  log += "R1 invalid mem access 'scalar'\nprocessed 1000 insns (limit 1000000)\n";
  const std::string tail = verifier_tail(log);
  EXPECT_THAT(tail, HasSubstr("R1 invalid mem access"));
  EXPECT_THAT(tail, StartsWith("981: insn\n"));
  EXPECT_EQ(std::count(tail.begin(), tail.end(), '\n'), 19);
}

// As Linux 7.3 writes it: what is wrong stands before all that.
TEST(VerifierTail, IsTheWholeReportWhereThereIsOne) {
  std::string log;
  for (int i = 0; i < 1000; ++i) log += std::to_string(i) + ": insn\n";
  log +=
      "; @ rejected.bpf.c:13\n"
      "11: (71) r1 = *(u8 *)(r6 +100)\n"
      "invalid access to packet, off=100 size=1, R6(id=0,off=100,r=0)\n"
      "R6 min value is outside of the allowed memory range\n\n"
      "Verification failed: Memory Safety: Access outside bounds\n\n"
      "Reason:\n  The verifier cannot prove offset + access_size <= object_size.\n\n"
      "Causal path:\n";
  for (int i = 0; i < 30; ++i) log += "  step " + std::to_string(i) + "\n";
  log += "\nSuggestion:\n  Add or adjust a bounds check.\n\nprocessed 11 insns (limit 1000000)\n";
  const std::string tail = verifier_tail(log);
  EXPECT_THAT(tail, StartsWith("11: (71) r1"));
  EXPECT_THAT(tail, HasSubstr("\ninvalid access to packet, off=100"));
  EXPECT_THAT(tail, HasSubstr("\nVerification failed: Memory Safety"));
  EXPECT_THAT(tail, EndsWith("\nSuggestion:\n  Add or adjust a bounds check."));
}

TEST(VerifierTail, OfALongReportIsItsBeginning) {
  std::string log = "R1 invalid mem access\nVerification failed: Memory Safety\n";
  for (int i = 0; i < 1000; ++i) log += "step " + std::to_string(i) + "\n";
  const std::string tail = verifier_tail(log);
  EXPECT_THAT(tail, StartsWith("R1 invalid mem access\nVerification failed"));
  EXPECT_EQ(std::count(tail.begin(), tail.end(), '\n'), 59);
}

TEST(VerifierTail, OfLittleIsLittle) {
  EXPECT_EQ(verifier_tail(""), "");
  EXPECT_EQ(verifier_tail("one"), "one");
  EXPECT_EQ(verifier_tail("\n\none\n\ntwo\n"), "one\ntwo");
  EXPECT_EQ(verifier_tail("processed 0 insns\n"), "");
}

}  // namespace
}  // namespace bpfmap::kernel
