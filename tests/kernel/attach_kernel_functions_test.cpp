// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "bpf_test.h"

// kprobe and fentry: not every kernel has them or lets us. Where they are refused, the refusal is
// the test.
namespace bpfmap::kernel {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

class AttachKernelFunctions : public test::BpfTest {};

void sleep_often(int count) {
  for (int i = 0; i < count; ++i) std::this_thread::sleep_for(std::chrono::microseconds(10));
}

void expect_counts_or_explains(const std::string& name, const std::string& section) {
  const std::string error = start_error(name);
  if (error == "started") {
    const Object object = start_test_object(name);
    const std::uint64_t before = read_number(object);
    sleep_often(50);
    EXPECT_GE(read_number(object), before + 50);
    return;
  }
  EXPECT_THAT(error, AllOf(HasSubstr("count_sleeps (SEC(\"" + section + "\")) of "),
                           HasSubstr("\n  hint: ")));
  EXPECT_THAT(error, AnyOf(HasSubstr("ENOENT"), HasSubstr("EPERM"), HasSubstr("EINVAL"),
                           HasSubstr("EOPNOTSUPP"), HasSubstr("ENOTSUPP")));
  EXPECT_THAT(error, AnyOf(HasSubstr("without kprobes"), HasSubstr("locked down"),
                           HasSubstr("trampolines"), HasSubstr("BTF")));
}

TEST_F(AttachKernelFunctions, KprobesCountOrExplainThemselves) {
  expect_counts_or_explains("attach_kprobe", "kprobe/do_nanosleep");
}

TEST_F(AttachKernelFunctions, KprobesAreMissedByName) {
  if (test::why_no_kprobes().empty()) GTEST_SKIP() << "this kernel has kprobes";
  EXPECT_THAT(start_error("attach_kprobe"),
              HasSubstr("hint: this kernel is built without kprobes"));
}

TEST_F(AttachKernelFunctions, FentryCountsOrExplainsItself) {
  expect_counts_or_explains("attach_fentry", "fentry/do_nanosleep");
}

// Whether it works or not, nothing that is optional stops the rest.
TEST_F(AttachKernelFunctions, AreAStatusWhereTheyAreOptional) {
  for (const char* name : {"attach_kprobe", "attach_fentry"}) {
    const Object object = start_test_object(name, {{"count_sleeps", true, false, {}}});
    const ProgramStatus status = status_of(object, "count_sleeps");
    EXPECT_EQ(status.attached, status.problem.empty()) << name;
    if (!status.attached) {
      EXPECT_THAT(status.problem, HasSubstr("count_sleeps (SEC(")) << name;
    }
    EXPECT_GE(object.map_fd("hits"), 0) << name;
  }
}

}  // namespace
}  // namespace bpfmap::kernel
