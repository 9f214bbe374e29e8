// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

#include "base/clock.h"

namespace bpfmap::app {

// SIGINT and SIGTERM (and SIGHUP, which asks to read the configuration anew) as something to wait
// for. Construct before other threads start: they inherit that these signals are blocked, so that
// none of them is interrupted in the middle of a walk. One thread waits at a time.
class Signals {
 public:
  enum class Hangup { kIsDeadly, kIsWaitedFor };
  explicit Signals(Hangup hangup = Hangup::kIsDeadly);
  // Waits for one of them; returns its number.
  int wait() const;
  // The same for a time; 0 when it is over.
  int wait_for(Duration time) const;

 private:
  sigset_t signals_;
};

}  // namespace bpfmap::app
