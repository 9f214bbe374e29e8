// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/error.h"
#include "host/host_options.h"

namespace bpfmap::host {

// Asks the kubelet for its pods, over TLS with a bearer token. The connection is kept for the next
// request. One thread at a time, except stop().
class KubeletClient {
 public:
  explicit KubeletClient(KubeletOptions options);
  ~KubeletClient();
  KubeletClient(const KubeletClient&) = delete;
  KubeletClient& operator=(const KubeletClient&) = delete;

  // The body of a response with status 200. Never longer than the time-out.
  Result<std::string> get();

  // Ends a request that is under way, within a second, and all later ones. Any thread.
  void stop() { is_stopped_ = true; }

 private:
  class Connection;

  Result<std::string> read_token() const;
  Error failure(std::string why, std::string hint = {}) const;

  const KubeletOptions options_;
  std::atomic<bool> is_stopped_{false};
  std::unique_ptr<Connection> connection_;  // null if libcurl cannot be loaded
};

}  // namespace bpfmap::host
