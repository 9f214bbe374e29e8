// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

namespace bpfmap {

// Threads that are created while one of these lives take no signals: those are for the main thread
// of the process. A thread that blocks SIGPIPE is not killed by it either.
class BlockSignals {
 public:
  BlockSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockSignals(const BlockSignals&) = delete;
  BlockSignals& operator=(const BlockSignals&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace bpfmap
