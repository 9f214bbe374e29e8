// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_set>

#include "base/mutex.h"

namespace bpfmap::http {

// The local ports of the relay's connections to the private listener on 127.0.0.1: how a worker
// tells them from those of other processes on the machine. A port is in it from before the first
// byte is sent until before the socket is closed, in which time no other process can have a
// connection from it to the same listener. Thread-safe.
class RelayPorts {
 public:
  void add(std::uint16_t port) {
    const MutexLock lock(mutex_);
    ports_.insert(port);
  }
  void remove(std::uint16_t port) {
    const MutexLock lock(mutex_);
    ports_.erase(port);
  }
  bool contains(std::uint16_t port) const {
    const MutexLock lock(mutex_);
    return ports_.count(port) > 0;
  }

 private:
  mutable Mutex mutex_;
  std::unordered_set<std::uint16_t> ports_ BPFMAP_GUARDED_BY(mutex_);
};

}  // namespace bpfmap::http
