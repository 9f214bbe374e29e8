// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/clock.h"
#include "host/host_options.h"

namespace bpfmap::host {

class Cgroups;
class PodNames;

// What is known of this host and shared by everything that makes labels: all that is too large, or
// too dear to find out, to be read for each rendering. Lives as long as the process, across
// reloads of the configuration. Thread-safe.
class Host {
 public:
  explicit Host(HostOptions options = {});
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  Cgroups& cgroups() { return *cgroups_; }
  // Null where no kubelet is asked.
  PodNames* pods() { return pods_.get(); }

 private:
  const SteadyClock clock_{};
  std::unique_ptr<Cgroups> cgroups_;
  std::unique_ptr<PodNames> pods_;
};

}  // namespace bpfmap::host
