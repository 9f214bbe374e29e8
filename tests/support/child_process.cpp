// SPDX-License-Identifier: Apache-2.0
#include "support/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

namespace bpfmap::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kNoProgram = 127;
constexpr int kPipeBytes = 1 << 20;  // so that a child goes on while the test does not read

// The pointers that execve() wants; the strings outlive it.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The test's environment, but for the variables that `changes` sets.
std::vector<std::string> environment_with(const std::vector<std::string>& changes) {
  std::vector<std::string> all = changes;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const std::string name = text.substr(0, text.find('=') + 1);
    bool replaced = false;
    for (const std::string& change : changes) replaced = replaced || change.starts_with(name);
    if (!replaced) all.push_back(text);
  }
  return all;
}

std::pair<UniqueFd, UniqueFd> make_pipe() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0) << std::strerror(errno);  // NOLINT(concurrency-mt-unsafe)
  static_cast<void>(::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes));
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Everything below runs between fork() and execve(), hence only makes system calls.

bool set_capabilities(const int* numbers, std::size_t count) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  for (std::size_t i = 0; i < count; ++i) {
    __user_cap_data_struct& set = sets[numbers[i] / 32];
    set.permitted |= std::uint32_t{1} << (numbers[i] % 32);
    set.effective = set.inheritable = set.permitted;
  }
  if (::syscall(SYS_capset, &header, sets) != 0) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, numbers[i], 0, 0) != 0) return false;
  }
  return true;
}

bool become(const ChildIdentity& identity) {
  return ::prctl(PR_SET_KEEPCAPS, 1) == 0 && ::syscall(SYS_setgroups, 0, nullptr) == 0 &&
         ::syscall(SYS_setresgid, identity.user, identity.user, identity.user) == 0 &&
         ::syscall(SYS_setresuid, identity.user, identity.user, identity.user) == 0 &&
         set_capabilities(identity.capabilities.data(), identity.capabilities.size());
}

struct Start {
  const ChildOptions& options;
  char** arguments;
  char** environment;
  int out;
  int err;
  int program;  // descriptor of it, where the user may not reach its path
};

[[noreturn]] void run_child(const Start& start) {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  const ChildOptions& options = start.options;
  const bool ready =
      ::dup2(start.out, STDOUT_FILENO) >= 0 && ::dup2(start.err, STDERR_FILENO) >= 0 &&
      (options.network_namespace < 0 || ::setns(options.network_namespace, CLONE_NEWNET) == 0) &&
      (options.directory.empty() || ::chdir(options.directory.c_str()) == 0) &&
      (!options.identity || become(*options.identity)) && ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
  if (ready && start.program >= 0) {
    ::syscall(SYS_execveat, start.program, "", start.arguments, start.environment, AT_EMPTY_PATH);
  } else if (ready) {
    ::execvpe(start.arguments[0], start.arguments, start.environment);
  }
  ::_exit(kNoProgram);
}

}  // namespace

ChildProcess::ChildProcess(const ChildOptions& options) {
  std::vector<std::string> arguments = options.arguments;
  std::vector<std::string> environment = environment_with(options.environment);
  const std::vector<char*> argv = pointers_to(arguments);
  const std::vector<char*> envp = pointers_to(environment);
  auto [out_read, out_write] = make_pipe();
  auto [err_read, err_write] = make_pipe();
  UniqueFd program;
  if (options.identity) program.reset(::open(arguments[0].c_str(), O_PATH | O_CLOEXEC));
  const Start start{options,
                    const_cast<char**>(argv.data()),
                    const_cast<char**>(envp.data()),
                    out_write.get(),
                    err_write.get(),
                    program.get()};
  pid_ = ::fork();
  if (pid_ == 0) run_child(start);
  EXPECT_GT(pid_, 0) << "cannot fork";
  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  out_.fd = std::move(out_read);
  err_.fd = std::move(err_read);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      status_(other.status_),
      pidfd_(std::move(other.pidfd_)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0 || status_ >= 0) return;
  ::kill(pid_, SIGKILL);
  reap(true);
}

void ChildProcess::drain(Stream& stream) {
  char buffer[16384];
  while (stream.fd) {
    const ssize_t got = ::read(stream.fd.get(), buffer, sizeof(buffer));
    if (got > 0) {
      stream.text.append(buffer, static_cast<std::size_t>(got));
    } else if (got == 0) {
      stream.fd.reset();
    } else if (errno != EINTR) {
      return;
    }
  }
}

// Waits until there is something to read or the program has ended, then reads.
void ChildProcess::read_some(milliseconds timeout) {
  pollfd watched[] = {
      {out_.fd.get(), POLLIN, 0}, {err_.fd.get(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}};
  ::poll(watched, std::size(watched), static_cast<int>(timeout.count()));
  drain(out_);
  drain(err_);
}

bool ChildProcess::reap(bool block) {
  if (status_ >= 0) return true;
  int status = 0;
  pid_t ended = -1;
  do {
    ended = ::waitpid(pid_, &status, block ? 0 : WNOHANG);
  } while (ended < 0 && errno == EINTR);
  if (ended == pid_) status_ = status;
  return ended == pid_;
}

bool ChildProcess::wait_until(const std::function<bool()>& condition) {
  const auto deadline = Clock::now() + kPatience;
  while (!condition()) {
    if (Clock::now() >= deadline || (!out_.fd && !err_.fd)) return false;
    const bool ended = reap(false);
    read_some(milliseconds(100));
    // A child of its own may still hold the pipes; what the program itself wrote has been read.
    if (ended) return condition();
  }
  return true;
}

void ChildProcess::read_available() {
  drain(out_);
  drain(err_);
}

void ChildProcess::send(int signal) { ::kill(pid_, signal); }

int ChildProcess::exit_code() {
  const auto deadline = Clock::now() + kPatience;
  while (!reap(false)) {
    if (Clock::now() >= deadline) {
      ADD_FAILURE() << "the program does not end; it said:\n" << err_.text;
      send(SIGKILL);
      reap(true);
      break;
    }
    read_some(milliseconds(100));
  }
  drain(out_);
  drain(err_);
  if (!WIFEXITED(status_)) return 128 + WTERMSIG(status_);
  const int code = WEXITSTATUS(status_);
  EXPECT_TRUE(code != kNoProgram || !err_.text.empty()) << "the program cannot be started";
  return code;
}

Finished run_program(const ChildOptions& options) {
  ChildProcess child(options);
  const int code = child.exit_code();
  return {code, child.out(), child.err()};
}

Finished run_program(std::vector<std::string> arguments) {
  ChildOptions options;
  options.arguments = std::move(arguments);
  return run_program(options);
}

std::string why_no_program(const std::string& name) {
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): read only
  std::string folders = path == nullptr ? "" : path;
  folders += ":";
  for (std::size_t end = 0; (end = folders.find(':')) != std::string::npos;
       folders.erase(0, end + 1)) {
    if (::access((folders.substr(0, end) + "/" + name).c_str(), X_OK) == 0) return {};
  }
  return "there is no " + name + " in PATH";
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = Clock::now() + kPatience;
  while (!condition()) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return true;
}

}  // namespace bpfmap::test
