// SPDX-License-Identifier: Apache-2.0
#include "app/signals.h"

#include <pthread.h>

#include <cerrno>

namespace bpfmap::app {

Signals::Signals(Hangup hangup) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  if (hangup == Hangup::kIsWaitedFor) sigaddset(&signals_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

int Signals::wait() const {
  int signal = 0;
  while (sigwait(&signals_, &signal) != 0) {
  }
  return signal;
}

int Signals::wait_for(Duration time) const {
  const SteadyClock clock;
  const TimePoint end = clock.now() + time;
  for (Duration left = time; left > Duration::zero(); left = end - clock.now()) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    timespec timeout{};
    timeout.tv_sec = seconds.count();
    timeout.tv_nsec = (left - seconds).count();
    const int signal = sigtimedwait(&signals_, nullptr, &timeout);
    if (signal > 0) return signal;
  }
  return 0;
}

}  // namespace bpfmap::app
