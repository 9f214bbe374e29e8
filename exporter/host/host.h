// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "base/clock.h"
#include "host/kernel_symbols.h"

namespace bpfmap::host {

// What is known of this host and shared by everything that makes labels: all that is too large, or
// too dear to find out, to be read for each rendering. Lives as long as the process, across
// reloads of the configuration. Thread-safe.
class Host {
 public:
  Host() = default;
  // For tests.
  explicit Host(KernelSymbols::Source kernel_symbols, const Clock& clock)
      : kernel_symbols_(std::move(kernel_symbols), clock) {}
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  KernelSymbols& kernel_symbols() { return kernel_symbols_; }

 private:
  KernelSymbols kernel_symbols_;
};

}  // namespace bpfmap::host
