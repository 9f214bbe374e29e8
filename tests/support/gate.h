// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

namespace bpfmap::test {

// How long threads of a test wait for each other: for ever is never right, and a test that has to
// be killed says nothing.
inline constexpr std::chrono::seconds kThreadPatience{60};

// A place in some code where a test can hold threads and see that they are there. Open at first,
// and open for ever, with a failure of the test, where patience ends. Thread-safe.
class Gate {
 public:
  // For the code under test.
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    const bool may_pass =
        changed_.wait_for(lock, kThreadPatience, [&] { return open_ || permits_ > 0; });
    if (!may_pass) give_up("the gate was not opened");
    if (!open_) --permits_;
  }

  // For the test.
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = has_given_up_;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void let_one_pass() {
    const std::lock_guard lock(mutex_);
    ++permits_;
    changed_.notify_all();
  }
  // Waits until so many have come since the beginning, passed or not.
  void wait_for_arrivals(int count) {
    std::unique_lock lock(mutex_);
    const bool have_come =
        changed_.wait_for(lock, kThreadPatience, [&] { return arrived_ >= count; });
    if (!have_come) give_up(std::to_string(arrived_) + " came, and not " + std::to_string(count));
  }
  int arrived() {
    const std::lock_guard lock(mutex_);
    return arrived_;
  }

 private:
  // So that every thread ends which is held here or will come.
  void give_up(const std::string& why) {
    ADD_FAILURE() << why;
    open_ = has_given_up_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  bool has_given_up_ = false;
  int permits_ = 0;
  int arrived_ = 0;
};

}  // namespace bpfmap::test
