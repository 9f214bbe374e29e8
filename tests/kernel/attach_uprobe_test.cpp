// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "bpf_test.h"
#include "support/eventually.h"

// What the probes are put on.
extern "C" __attribute__((noinline, visibility("default"))) int bpfmap_probe_target(int number) {
  asm volatile("" : "+r"(number));  // or the compiler would call it but once
  return number + 1;
}

namespace bpfmap::kernel {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class AttachUprobe : public test::BpfTest {};

constexpr const char* kSelf = "/proc/self/exe";

std::vector<ProgramRequest> uprobe(model::UprobeTarget target) {
  return {request_for("count_calls", std::move(target))};
}

model::UprobeTarget on_symbol(std::string binary, std::string symbol) {
  model::UprobeTarget target;
  target.binary = std::move(binary);
  target.symbol = std::move(symbol);
  return target;
}

int call(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += bpfmap_probe_target(i);
  return sum;
}

TEST_F(AttachUprobe, CountsCallsOfAFunction) {
  model::UprobeTarget target = on_symbol(kSelf, "bpfmap_probe_target");
  target.pid = getpid();
  const Object object = start_test_object("attach_uprobe", uprobe(target));
  call(23);
  EXPECT_EQ(read_number(object), 23u);
}

TEST_F(AttachUprobe, CountsReturns) {
  model::UprobeTarget target = on_symbol(kSelf, "bpfmap_probe_target");
  target.pid = getpid();
  target.return_probe = true;
  const Object object = start_test_object("attach_uprobe", uprobe(target));
  call(7);
  EXPECT_EQ(read_number(object), 7u);
}

TEST_F(AttachUprobe, FindsLibrariesByName) {
  model::UprobeTarget target = on_symbol("libc.so.6", "getppid");
  target.pid = getpid();
  const Object object = start_test_object("attach_uprobe", uprobe(target));
  for (int i = 0; i < 5; ++i) getppid();
  EXPECT_EQ(read_number(object), 5u);
}

// Calls of this process do not show whether others are seen. At least: this very test may run twice
// at a time.
TEST_F(AttachUprobe, SeesEveryProcess) {
  const Object object =
      start_test_object("attach_uprobe", uprobe(on_symbol(kSelf, "bpfmap_probe_target")));
  const std::uint64_t before = read_number(object);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(call(5) == 15 ? 0 : 1);
  int status = -1;
  EXPECT_TRUE(test::eventually([&] { return waitpid(child, &status, WNOHANG) == child; }));
  EXPECT_EQ(status, 0);
  EXPECT_GE(read_number(object), before + 5);
}

TEST_F(AttachUprobe, StopsWithTheObject) {
  std::uint32_t id = 0;
  {
    const Object object =
        start_test_object("attach_uprobe", uprobe(on_symbol(kSelf, "bpfmap_probe_target")));
    id = status_of(object, "count_calls").id;
  }
  EXPECT_TRUE(program_goes_away(id));
}

TEST_F(AttachUprobe, SaysWhatItDidNotFind) {
  EXPECT_THAT(start_error("attach_uprobe", uprobe(on_symbol(kSelf, "no_such_function"))),
              AllOf(HasSubstr("attach program count_calls (SEC(\"uprobe\")) of "),
                    HasSubstr("to /proc/self/exe:no_such_function"), HasSubstr("ENOENT"),
                    HasSubstr("hint: no such file or symbol")));
  EXPECT_THAT(start_error("attach_uprobe", uprobe(on_symbol("/nonexistent/x", "main"))),
              HasSubstr("to /nonexistent/x:main"));
  EXPECT_THAT(start_error("attach_uprobe", uprobe(on_symbol("libnonexistent.so.9", "main"))),
              AllOf(HasSubstr("to libnonexistent.so.9:main"), HasSubstr("ENOENT")));
}

TEST_F(AttachUprobe, WantsASymbolOrAnOffset) {
  EXPECT_THAT(start_error("attach_uprobe", uprobe(on_symbol(kSelf, ""))),
              HasSubstr("needs a symbol or an offset"));
}

}  // namespace
}  // namespace bpfmap::kernel
