// SPDX-License-Identifier: Apache-2.0
#include "support/said_without_rights.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>

#include "base/unique_fd.h"
#include "support/child_process.h"

namespace bpfmap::test {
namespace {

using std::chrono::steady_clock;

[[noreturn]] void say_without_rights(const std::function<std::string()>& say, int to) {
  constexpr uid_t kUnprivileged = 65534;
  if (::setgid(kUnprivileged) != 0 || ::setuid(kUnprivileged) != 0) ::_exit(1);
  const std::string text = say();
  const ssize_t written = ::write(to, text.data(), text.size());
  ::_exit(written == static_cast<ssize_t>(text.size()) ? 0 : 2);
}

// Whether there is something to read, or the end, before patience ends.
bool wait_for(int fd, steady_clock::time_point deadline) {
  pollfd waited{fd, POLLIN, 0};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    const int ready = ::poll(&waited, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// False where the other end is not closed in time.
bool read_to_end(int fd, std::string& text) {
  const auto deadline = steady_clock::now() + kPatience;
  std::array<char, 4096> block{};
  while (wait_for(fd, deadline)) {
    const ssize_t got = ::read(fd, block.data(), block.size());
    if (got <= 0) return true;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return false;
}

}  // namespace

std::string said_without_rights(const std::function<std::string()>& say) {
  int channel[2];
  if (::pipe2(channel, O_CLOEXEC) != 0) {
    ADD_FAILURE() << "no pipe: " << errno;
    return {};
  }
  const UniqueFd from(channel[0]);
  UniqueFd to(channel[1]);
  const pid_t child = ::fork();
  if (child < 0) {
    ADD_FAILURE() << "no child process: " << errno;
    return {};
  }
  if (child == 0) say_without_rights(say, to.get());
  to.reset();
  std::string text;
  if (!read_to_end(from.get(), text)) {
    ADD_FAILURE() << "the child process did not end";
    ::kill(child, SIGKILL);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  return text;
}

}  // namespace bpfmap::test
