// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <thread>

#include "base/unique_fd.h"

namespace bpfmap::bench {

// The floor of all that answer from memory: a thread that sends the same bytes to every client that
// connects to 127.0.0.1.
class BareSender {
 public:
  explicit BareSender(std::uint64_t body_bytes);
  ~BareSender();
  BareSender(const BareSender&) = delete;
  BareSender& operator=(const BareSender&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  void serve() const;

  std::string answer_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace bpfmap::bench
