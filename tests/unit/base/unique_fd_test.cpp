// SPDX-License-Identifier: Apache-2.0
#include "base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <type_traits>
#include <utility>

namespace bpfmap {
namespace {

static_assert(!std::is_copy_constructible_v<UniqueFd>);
static_assert(!std::is_copy_assignable_v<UniqueFd>);

// A pipe: its read end sees the end of the stream as soon as the write end is closed.
struct Pipe {
  Pipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    read_end.reset(ends[0]);
    write_end = ends[1];
  }
  bool is_write_end_closed() const {
    char byte = 0;
    return ::read(read_end.get(), &byte, 1) == 0;
  }

  UniqueFd read_end;
  int write_end = -1;
};

TEST(UniqueFd, IsNoneByDefault) {
  const UniqueFd none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.get(), -1);
}

TEST(UniqueFd, HoldsZeroToo) {
  UniqueFd zero(0);
  EXPECT_TRUE(zero);
  EXPECT_EQ(zero.release(), 0);
}

TEST(UniqueFd, ClosesAtTheEnd) {
  const Pipe pipe;
  {
    const UniqueFd fd(pipe.write_end);
    EXPECT_FALSE(pipe.is_write_end_closed());
  }
  EXPECT_TRUE(pipe.is_write_end_closed());
}

TEST(UniqueFd, MovesWithoutClosing) {
  const Pipe pipe;
  UniqueFd first(pipe.write_end);
  UniqueFd second(std::move(first));
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is the contract
  EXPECT_EQ(second.get(), pipe.write_end);
  UniqueFd third;
  third = std::move(second);
  EXPECT_FALSE(pipe.is_write_end_closed());
  third.reset();
  EXPECT_TRUE(pipe.is_write_end_closed());
}

TEST(UniqueFd, ClosesWhatItHeldBeforeAnAssignment) {
  const Pipe first;
  const Pipe second;
  UniqueFd fd(first.write_end);
  fd = UniqueFd(second.write_end);
  EXPECT_TRUE(first.is_write_end_closed());
  EXPECT_FALSE(second.is_write_end_closed());
}

TEST(UniqueFd, SurvivesAssignmentToItself) {
  const Pipe pipe;
  UniqueFd fd(pipe.write_end);
  UniqueFd& same = fd;
  fd = std::move(same);
  EXPECT_EQ(fd.get(), pipe.write_end);
  EXPECT_FALSE(pipe.is_write_end_closed());
}

TEST(UniqueFd, LetsGoOnRelease) {
  const Pipe pipe;
  {
    UniqueFd fd(pipe.write_end);
    EXPECT_EQ(fd.release(), pipe.write_end);
    EXPECT_FALSE(fd);
  }
  EXPECT_FALSE(pipe.is_write_end_closed());
  UniqueFd(pipe.write_end).reset();
  EXPECT_TRUE(pipe.is_write_end_closed());
}

}  // namespace
}  // namespace bpfmap
