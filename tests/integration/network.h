// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "base/unique_fd.h"

namespace bpfmap::test {

// A network namespace of its own, which ends with its last user: nothing of it outlives the test.
class NetworkNamespace {
 public:
  NetworkNamespace();  // the test fails if there cannot be one

  int fd() const { return fd_.get(); }
  // Runs something inside of it, on a thread of its own.
  void run(const std::function<void()>& action) const;
  // Runs `ip` with these arguments inside of it; the test fails if that fails.
  void ip(const std::string& arguments) const;

 private:
  UniqueFd fd_;
};

// Two namespaces and a cable between them: a veth pair with addresses 198.51.100.1 (near, device
// "near0") and 198.51.100.2 (far, device "far0").
class Cable {
 public:
  Cable();
  const NetworkNamespace& near() const { return near_; }
  const NetworkNamespace& far() const { return far_; }

  // Sends ICMP echo requests from far to near, each answered before the next one. The test fails if
  // an answer does not come. Each is a frame of kPingBytes.
  void ping_near(int count) const;
  static constexpr int kPingBytes = 14 + 20 + 8 + 56;

 private:
  NetworkNamespace near_;
  NetworkNamespace far_;
};

}  // namespace bpfmap::test
