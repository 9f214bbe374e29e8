// SPDX-License-Identifier: Apache-2.0
#include "kernel/libbpf/log.h"

#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace bpfmap::kernel {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Something that libbpf warns about.
void open_nothing() { EXPECT_EQ(bpf_object__open("/nonexistent/a.bpf.o"), nullptr); }

TEST(LibbpfLog, CollectsWarningsWithoutPrefixAndNewline) {
  const LibbpfLog log;
  open_nothing();
  EXPECT_THAT(log.warnings(), Not(Contains(HasSubstr("libbpf: "))));
  EXPECT_THAT(log.warnings(), Contains(HasSubstr("/nonexistent/a.bpf.o")));
  EXPECT_THAT(log.warnings(), Not(Contains(HasSubstr("\n"))));
}

TEST(LibbpfLog, KeepsLibbpfAwayFromStderr) {
  const LibbpfLog log;
  ::testing::internal::CaptureStderr();
  open_nothing();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(LibbpfLog, StaysQuietWhenNothingCollects) {
  { const LibbpfLog log; }
  ::testing::internal::CaptureStderr();
  open_nothing();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(LibbpfLog, NestsAndTheInnermostCollects) {
  const LibbpfLog outer;
  {
    const LibbpfLog inner;
    open_nothing();
    EXPECT_THAT(inner.warnings(), Not(IsEmpty()));
  }
  EXPECT_THAT(outer.warnings(), IsEmpty());
  open_nothing();
  EXPECT_THAT(outer.warnings(), Not(IsEmpty()));
}

TEST(LibbpfLog, CollectsForItsOwnThreadOnly) {
  const LibbpfLog log;
  std::thread(open_nothing).join();
  EXPECT_THAT(log.warnings(), IsEmpty());
}

TEST(LibbpfErrors, HaveWordsBeyondErrno) {
  EXPECT_EQ(libbpf_error_in_words(EPERM), "");
  EXPECT_THAT(libbpf_error_in_words(LIBBPF_ERRNO__FORMAT), HasSubstr("BPF object format invalid"));
}

}  // namespace
}  // namespace bpfmap::kernel
