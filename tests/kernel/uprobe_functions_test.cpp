// SPDX-License-Identifier: Apache-2.0
// Probes on functions by the names that compilers and linkers give them: versions, Go, patterns.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "bpf_test.h"
#include "kernel/attach/function_finder.h"
#include "kernel/attach/uprobe_multi.h"
#include "support/child_process.h"

namespace bpfmap::kernel {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Counts every process that runs the probed program, so that one test runs it at a time.
class UprobeFunctions : public test::BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    ASSERT_TRUE(program_);
    ASSERT_EQ(flock(program_.get(), LOCK_EX), 0);
  }

 private:
  const UniqueFd program_{open(PROBED_PROGRAM, O_RDONLY | O_CLOEXEC)};
};

ProgramRequest probe(std::string binary, std::string symbol, bool returns = false) {
  model::UprobeTarget target;
  target.binary = std::move(binary);
  target.symbol = std::move(symbol);
  target.return_probe = returns;
  return request_for("count_calls", target);
}

void run_probed(int count) {
  test::ChildOptions options;
  options.arguments = {PROBED_PROGRAM, std::to_string(count)};
  EXPECT_EQ(test::run_program(options).exit_code, 0);
}

// What a run with that many calls of each function adds.
std::uint64_t hits_of(const ProgramRequest& request, int count) {
  const Object object = start_test_object("attach_uprobe", {request});
  run_probed(count);
  return read_number(object);
}

std::uint64_t hits_of_section(const std::string& program, int count) {
  std::vector<ProgramRequest> requests;
  for (const char* one : {"go_method", "go_generic", "returns", "many", "some", "missing"}) {
    requests.push_back({one, one == program, true, {}});
  }
  const Object object = start_test_object("probe_sections", requests);
  EXPECT_TRUE(object.is_attached(program));
  run_probed(count);
  return read_number(object);
}

TEST_F(UprobeFunctions, OfSeveralVersionsTheDefaultOneIsMeant) {
  EXPECT_EQ(hits_of(probe(PROBED_LIBRARY, "probed_answer"), 5), 6u);
  EXPECT_EQ(hits_of(probe(PROBED_LIBRARY, "probed_answer@@PROBED_2"), 5), 6u);
  EXPECT_EQ(hits_of(probe(PROBED_LIBRARY, "probed_answer@PROBED_1"), 5), 5u);
}

TEST_F(UprobeFunctions, OfTheSystemsLibrary) {
  const Object object = start_test_object("attach_uprobe", {probe("libc.so.6", "pthread_create")});
  EXPECT_EQ(object.program_links("count_calls"), 1u);
}

TEST_F(UprobeFunctions, VersionsThatAreNotThere) {
  EXPECT_THAT(start_error("attach_uprobe", {probe(PROBED_LIBRARY, "probed_answer@PROBED_3")}),
              AllOf(HasSubstr("there is no function 'probed_answer@PROBED_3' in "),
                    HasSubstr("did you mean 'probed_answer@PROBED_1'?")));
}

TEST_F(UprobeFunctions, NearMissesAreSuggested) {
  EXPECT_THAT(start_error("attach_uprobe", {probe(PROBED_PROGRAM, "probed_targte_one")}),
              AllOf(HasSubstr("count_calls"), HasSubstr("ENOENT"),
                    HasSubstr("(did you mean 'probed_target_one'?)")));
}

TEST_F(UprobeFunctions, ThatAreChosenWhenTheyAreLoadedAreRefused) {
  EXPECT_THAT(start_error("attach_uprobe", {probe(PROBED_LIBRARY, "probed_indirect")}),
              AllOf(HasSubstr("'probed_indirect' is an indirect function (IFUNC)"),
                    HasSubstr("hint: name the function that it chooses")));
}

TEST_F(UprobeFunctions, OfGo) {
  EXPECT_EQ(hits_of(probe(PROBED_PROGRAM, "example.org/x/probed.(*Server).handle"), 4), 4u);
  EXPECT_EQ(hits_of(probe(PROBED_PROGRAM, "main.Map[go.shape.int]"), 4), 4u);
  EXPECT_EQ(hits_of(probe(PROBED_PROGRAM, "example.org/x/probed.(*Server).*"), 4), 4u);
}

TEST_F(UprobeFunctions, OfGoInASection) {
  EXPECT_EQ(hits_of_section("go_method", 3), 3u);
  EXPECT_EQ(hits_of_section("go_generic", 3), 3u);
  EXPECT_EQ(hits_of_section("returns", 3), 3u);
}

TEST_F(UprobeFunctions, ThatASectionNamesAndTheBinaryLacks) {
  std::vector<ProgramRequest> requests{{"missing", true, true, {}}};
  for (const char* one : {"go_method", "go_generic", "returns", "many", "some"}) {
    requests.push_back({one, false, true, {}});
  }
  EXPECT_THAT(start_error("probe_sections", requests),
              AllOf(HasSubstr("missing (SEC(\"uprobe/"),
                    HasSubstr("there is no function 'main.(*Server).nothing' in ")));
}

TEST_F(UprobeFunctions, ThatMatchAPattern) {
  EXPECT_EQ(hits_of(probe(PROBED_PROGRAM, "probed_target_*"), 3), 9u);
  EXPECT_EQ(hits_of(probe(PROBED_PROGRAM, "probed_target_t*"), 3), 6u);
  EXPECT_EQ(hits_of(probe(PROBED_PROGRAM, "probed_target_*", /*returns=*/true), 3), 9u);
  EXPECT_EQ(hits_of_section("many", 3), 9u);
  EXPECT_EQ(hits_of_section("some", 3), 6u);
}

// Older kernels have a link for each function then.
TEST_F(UprobeFunctions, ThatMatchAPatternOfAProcess) {
  model::UprobeTarget target;
  target.binary = PROBED_PROGRAM;
  target.symbol = "probed_target_*";
  target.pid = 1;
  const Object object = start_test_object("attach_uprobe", {request_for("count_calls", target)});
  EXPECT_THAT(object.program_links("count_calls"), ::testing::AnyOf(1u, 3u));
  run_probed(3);
  EXPECT_EQ(read_number(object), 0u) << "another process";
}

#if defined(__x86_64__)
// One of the two begins with an instruction that the kernel cannot step over.
TEST_F(UprobeFunctions, ThatCannotBeProbedAreLeftOut) {
  if (test::is_refused_here(has_uprobe_multi() ? "" : "this kernel has no uprobe_multi")) return;
  // The kernel looks at an instruction when a process maps it, which may be now or later.
  EXPECT_EQ(hits_of(probe(PROBED_PROGRAM, "probed_step_*"), 3), 3u);
}
#endif

TEST_F(UprobeFunctions, PatternsThatMatchNothingAreAnError) {
  EXPECT_THAT(start_error("attach_uprobe", {probe(PROBED_PROGRAM, "probed_nothing_*")}),
              AllOf(HasSubstr("no function in "), HasSubstr("matches 'probed_nothing_*'")));
}

TEST_F(UprobeFunctions, OfWhatIsNoBinary) {
  EXPECT_THAT(start_error("attach_uprobe", {probe("/etc/passwd", "main")}),
              HasSubstr("it is no ELF file"));
}

TEST(FunctionPatterns, HaveStarsButNotThoseOfGo) {
  for (const char* pattern : {"target_*", "*", "a?b", "main.(*Server).*"}) {
    EXPECT_TRUE(is_function_pattern(pattern)) << pattern;
  }
  for (const char* name : {"main", "main.(*Server).handle", "main.Map[go.shape.int]", "f@@V", ""}) {
    EXPECT_FALSE(is_function_pattern(name)) << name;
  }
}

TEST(FunctionPatterns, Match) {
  EXPECT_TRUE(matches_function_pattern("target_*", "target_one"));
  EXPECT_TRUE(matches_function_pattern("target_*", "target_"));
  EXPECT_TRUE(matches_function_pattern("*_one", "target_one_one"));
  EXPECT_TRUE(matches_function_pattern("t*_o?e", "target_one"));
  EXPECT_TRUE(matches_function_pattern("main.(*Server).*", "main.(*Server).handle"));
  EXPECT_FALSE(matches_function_pattern("main.(*Server).*", "main.(xServer).handle"));
  EXPECT_FALSE(matches_function_pattern("target_*", "other_target_one"));
  EXPECT_FALSE(matches_function_pattern("*_one", "target_one_two"));
  EXPECT_FALSE(matches_function_pattern("a?", "a"));
}

TEST(FunctionFinder, FindsEachFunctionOnce) {
  FunctionFinder finder;
  const auto found = finder.find(PROBED_PROGRAM, "probed_target_*");
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_THAT(*found, SizeIs(3)) << "in .symtab and .dynsym, but one function each";
  const auto again = finder.find(PROBED_PROGRAM, "probed_target_*");
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *found);
}

}  // namespace
}  // namespace bpfmap::kernel
