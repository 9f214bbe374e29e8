// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/error.h"

namespace bpfmap {

// Work that may hang in the kernel, such as reading from a file system whose server is gone: each
// errand is run by a thread of its own, which is given up when it takes too long. Only so many may
// hang at a time. Thread-safe.
class Errands {
 public:
  static constexpr std::size_t kMostHanging = 8;

  explicit Errands(Duration bound = std::chrono::seconds(10));
  // As stop(). Threads that hang go on, and touch nothing of this object.
  ~Errands();
  Errands(const Errands&) = delete;
  Errands& operator=(const Errands&) = delete;

  // What `work` returns; it owns all that it uses, as it may outlive the caller and this object.
  // What it throws is thrown here. An error of kind kSystem about `operation` and `subject` where
  // it is given up, where too many hang already, and after stop().
  template <typename T>
  Result<T> run(const std::string& operation, const std::string& subject,
                std::function<Result<T>()> work) {
    auto result = std::make_shared<std::optional<Result<T>>>();
    const Result<void> done =
        await(operation, subject, [result, work = std::move(work)] { *result = work(); });
    if (!done) return unexpected(done.error());
    return std::move(**result);
  }

  // No caller waits any longer; an errand that is begun later is given up at once. For the end
  // of the process.
  void stop();

  // Threads that were given up and have not come back.
  std::size_t hanging() const;

  // Ends the process where threads hang, since static objects must not go while they may come back
  // to them; returns `code` otherwise. For the very end.
  int leave_with(int code) const;

 private:
  struct State;
  Result<void> await(const std::string& operation, const std::string& subject,
                     std::function<void()> work);

  const Duration bound_;
  const std::shared_ptr<State> state_;
};

}  // namespace bpfmap
