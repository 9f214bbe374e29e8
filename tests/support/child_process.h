// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace bpfmap::test {

// How long a test waits for anything: ample, because sanitizers make programs slow and other tests
// run beside this one.
inline constexpr std::chrono::seconds kPatience{60};

// User and capabilities of a child, where they are not to be those of the test.
struct ChildIdentity {
  uid_t user = 65534;             // and the group of the same number, no other groups
  std::vector<int> capabilities;  // numbers of what it has; nothing else
};

struct ChildOptions {
  std::vector<std::string> arguments;     // the first is the program: a path or a name in PATH
  std::vector<std::string> environment;   // "NAME=value", on top of the test's own
  std::string directory;                  // where it works; empty: where the test does
  int network_namespace = -1;             // descriptor of the one to enter
  std::optional<ChildIdentity> identity;  // needs a path as program, which the user need not reach
};

// A program that a test has started; used by one thread. Dies with the test.
class ChildProcess {
 public:
  // The test fails if the program cannot be started; then exit_code() is 127.
  explicit ChildProcess(const ChildOptions& options);
  ~ChildProcess();  // kills it, unless it has ended
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  pid_t pid() const { return pid_; }

  // What it has written so far. Grows only inside of wait_until(),
  // exit_code() and read_available().
  const std::string& out() const { return out_.text; }
  const std::string& err() const { return err_.text; }

  // Reads what it writes until `condition` holds: false if that does not happen before the program
  // closes its outputs or patience ends.
  bool wait_until(const std::function<bool()>& condition);

  // Reads what it has written by now.
  void read_available();

  void send(int signal);

  // Waits until it ends. 128 and the number where a signal has killed it. The test fails if it does
  // not end, and the program is killed then.
  int exit_code();

 private:
  struct Stream {
    UniqueFd fd;
    std::string text;
  };
  void read_some(std::chrono::milliseconds timeout);
  static void drain(Stream& stream);
  bool reap(bool block);

  pid_t pid_ = -1;
  int status_ = -1;  // of waitpid(), once it has ended
  UniqueFd pidfd_;
  Stream out_;
  Stream err_;
};

// Runs a program to its end.
struct Finished {
  int exit_code = -1;
  std::string out;
  std::string err;
};
Finished run_program(const ChildOptions& options);
Finished run_program(std::vector<std::string> arguments);

// Whether PATH has a program of that name; for lacks(): empty, or why the test cannot run.
std::string why_no_program(const std::string& name);

// Waits for a condition that nothing signals.
bool eventually(const std::function<bool()>& condition);

}  // namespace bpfmap::test
