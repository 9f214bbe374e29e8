// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "bpf_test.h"
#include "support/eventually.h"

// Sections that say it all: tracepoint, raw_tp and tp_btf. Other processes hit these places too.
namespace bpfmap::kernel {
namespace {

using test::eventually;

class AttachTracepoint : public test::BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (!IsSkipped()) test::lacks(test::mount_tracefs());
  }
};

TEST_F(AttachTracepoint, CountsSystemCalls) {
  const Object object = start_test_object("attach_tracepoint");
  const std::uint64_t before = read_number(object);
  for (int i = 0; i < 100; ++i) syscall(SYS_getpid);
  EXPECT_GE(read_number(object), before + 100);
  const ProgramStatus status = status_of(object, "count_getpid");
  EXPECT_TRUE(status.loaded);
  EXPECT_TRUE(status.attached);
  EXPECT_EQ(status.problem, "");
  EXPECT_EQ(status.type, "tracepoint");
}

TEST_F(AttachTracepoint, CountsThroughARawTracepoint) {
  const Object object = start_test_object("attach_raw_tp");
  const std::uint64_t before = read_number(object);
  for (int i = 0; i < 100; ++i) syscall(SYS_getpid);
  EXPECT_GE(read_number(object), before + 100);
}

TEST_F(AttachTracepoint, CountsThroughATypedTracepoint) {
  const Object object = start_test_object("attach_tp_btf");
  const std::uint64_t before = read_number(object);
  EXPECT_TRUE(eventually([&] { return read_number(object) >= before + 20; }));  // it sleeps
}

TEST_F(AttachTracepoint, StopsWithTheObject) {
  std::uint32_t id = 0;
  {
    const Object object = start_test_object("attach_tracepoint");
    id = status_of(object, "count_getpid").id;
    EXPECT_TRUE(program_exists(id));
  }
  EXPECT_TRUE(program_goes_away(id));
}

TEST_F(AttachTracepoint, GoesOnInAMovedObject) {
  Object first = start_test_object("attach_tracepoint");
  const Object second = std::move(first);
  const std::uint64_t before = read_number(second);
  for (int i = 0; i < 10; ++i) syscall(SYS_getpid);
  EXPECT_GE(read_number(second), before + 10);
}

}  // namespace
}  // namespace bpfmap::kernel
