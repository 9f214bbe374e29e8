// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "bpf_test.h"

// kprobe and fentry: not every kernel has them or permits them. Each has a test for kernels that do
// and one for kernels that refuse, and the kernel says by other means which of the two runs.
namespace bpfmap::kernel {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

class AttachKernelFunctions : public test::BpfTest {};

void sleep_often(int count) {
  for (int i = 0; i < count; ++i) std::this_thread::sleep_for(std::chrono::microseconds(10));
}

void expect_counts(const std::string& name) {
  const Object object = start_test_object(name);
  const std::uint64_t before = read_number(object);
  sleep_often(50);
  EXPECT_GE(read_number(object), before + 50);
}

void expect_explains(const std::string& name, const std::string& section) {
  const std::string error = start_error(name);
  EXPECT_THAT(error, AllOf(HasSubstr("count_sleeps (SEC(\"" + section + "\")) of "),
                           HasSubstr("\n  hint: ")));
  EXPECT_THAT(error, AnyOf(HasSubstr("ENOENT"), HasSubstr("EPERM"), HasSubstr("EINVAL"),
                           HasSubstr("EOPNOTSUPP"), HasSubstr("ENOTSUPP")));
  EXPECT_THAT(error, AnyOf(HasSubstr("without kprobes"), HasSubstr("locked down"),
                           HasSubstr("trampolines"), HasSubstr("BTF")));
}

TEST_F(AttachKernelFunctions, KprobesCount) {
  if (test::is_refused_here(test::why_no_kprobes())) return;
  expect_counts("attach_kprobe");
}

TEST_F(AttachKernelFunctions, KprobesAreMissedByName) {
  if (test::why_no_kprobes().empty()) GTEST_SKIP() << "this kernel has kprobes";
  expect_explains("attach_kprobe", "kprobe/do_nanosleep");
  EXPECT_THAT(start_error("attach_kprobe"),
              HasSubstr("hint: this kernel is built without kprobes"));
}

TEST_F(AttachKernelFunctions, FentryCounts) {
  if (test::is_refused_here(test::why_no_fentry())) return;
  expect_counts("attach_fentry");
}

TEST_F(AttachKernelFunctions, FentryIsRefusedWithAReason) {
  if (test::why_no_fentry().empty()) GTEST_SKIP() << "this kernel has fentry, and lets us use it";
  expect_explains("attach_fentry", "fentry/do_nanosleep");
}

// Whether it works or not, nothing that is optional stops the rest.
TEST_F(AttachKernelFunctions, AreAStatusWhereTheyAreOptional) {
  for (const char* name : {"attach_kprobe", "attach_fentry"}) {
    const Object object = start_test_object(name, {{"count_sleeps", true, false, {}}});
    const ProgramStatus status = status_of(object, "count_sleeps");
    const std::string why_not =
        name == std::string("attach_kprobe") ? test::why_no_kprobes() : test::why_no_fentry();
    EXPECT_EQ(status.attached, why_not.empty()) << name << ": " << why_not;
    EXPECT_EQ(status.attached, status.problem.empty()) << name;
    if (!status.attached) {
      EXPECT_THAT(status.problem, HasSubstr("count_sleeps (SEC(")) << name;
    }
    EXPECT_GE(object.map_fd("hits"), 0) << name;
  }
}

}  // namespace
}  // namespace bpfmap::kernel
