// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "base/clock.h"
#include "host/cgroups.h"

namespace bpfmap::host {

struct HostOptions {
  CgroupOptions cgroups{};
};

// What is known of this host and shared by everything that makes labels: all that is too large, or
// too dear to find out, to be read for each rendering. Lives as long as the process, across
// reloads of the configuration. Thread-safe.
class Host {
 public:
  explicit Host(HostOptions options = {}) : cgroups_(std::move(options.cgroups), clock_) {}
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  Cgroups& cgroups() { return cgroups_; }

 private:
  const SteadyClock clock_{};
  Cgroups cgroups_;
};

}  // namespace bpfmap::host
