// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bpfmap::host {

// Tells that network interfaces came, went or changed (rtnetlink(7)), in the network namespace of
// the thread that opens it. One thread at a time.
class InterfaceWatch {
 public:
  static Result<InterfaceWatch> open();

  // To be waited for: readable when something has happened.
  int fd() const { return fd_.get(); }

  // Whether something has happened since the last call; does not wait.
  bool read();

 private:
  explicit InterfaceWatch(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace bpfmap::host
