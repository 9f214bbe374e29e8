// SPDX-License-Identifier: Apache-2.0
#include "base/errands.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>
#include <thread>

#include "base/block_signals.h"
#include "base/mutex.h"

namespace bpfmap {

// What threads that hang share with the callers that gave them up.
struct Errands::State {
  // One errand.
  struct Run {
    std::function<void()> work;
    std::exception_ptr thrown;
    bool is_done = false;      // guarded by the state's mutex, as is ...
    bool is_given_up = false;  // ... this
  };

  void carry_out(Run& run) BPFMAP_EXCLUDES(mutex) {
    std::exception_ptr thrown;
    try {
      run.work();
    } catch (...) {
      thrown = std::current_exception();
    }
    run.work = nullptr;
    {
      const MutexLock lock(mutex);
      run.thrown = std::move(thrown);
      run.is_done = true;
      if (run.is_given_up) --hanging;
    }
    changed.notify_all();
  }

  Mutex mutex;
  ConditionVariable changed;
  bool is_stopped BPFMAP_GUARDED_BY(mutex) = false;
  std::size_t hanging BPFMAP_GUARDED_BY(mutex) = 0;
};

namespace {

unexpected<Error> refusal(const std::string& operation, const std::string& subject, int code,
                          std::string detail) {
  return unexpected(Error{.kind = ErrorKind::kSystem,
                          .operation = operation,
                          .subject = subject,
                          .code = code,
                          .detail = std::move(detail)});
}

}  // namespace

Errands::Errands(Duration bound) : bound_(bound), state_(std::make_shared<State>()) {}

Errands::~Errands() { stop(); }

void Errands::stop() {
  {
    const MutexLock lock(state_->mutex);
    state_->is_stopped = true;
  }
  state_->changed.notify_all();
}

std::size_t Errands::hanging() const {
  const MutexLock lock(state_->mutex);
  return state_->hanging;
}

int Errands::leave_with(int code) const {
  if (hanging() == 0) return code;
  std::fflush(nullptr);
  ::_exit(code);
}

Result<void> Errands::await(const std::string& operation, const std::string& subject,
                            std::function<void()> work) {
  if (const std::size_t others = hanging(); others >= kMostHanging) {
    return refusal(operation, subject, EBUSY,
                   std::to_string(others) + " reads before it hang and have not come back");
  }
  const auto run = std::make_shared<State::Run>();
  run->work = std::move(work);
  try {
    const BlockSignals block;
    std::thread([state = state_, run] { state->carry_out(*run); }).detach();
  } catch (const std::system_error& error) {
    return refusal(operation, subject, error.code().value(), "no thread for it");
  }
  const TimePoint deadline = std::chrono::steady_clock::now() + bound_;
  const MutexLock lock(state_->mutex);
  while (!run->is_done && !state_->is_stopped) {
    if (state_->changed.wait_until(state_->mutex, deadline) == std::cv_status::timeout) break;
  }
  if (run->is_done) {
    if (run->thrown) std::rethrow_exception(run->thrown);
    return {};
  }
  run->is_given_up = true;
  ++state_->hanging;
  if (state_->is_stopped) return refusal(operation, subject, ECANCELED, "the exporter ends");
  return refusal(
      operation, subject, ETIMEDOUT,
      "nothing came within " +
          std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(bound_).count()) +
          " ms, as from a file system whose server is gone");
}

}  // namespace bpfmap
