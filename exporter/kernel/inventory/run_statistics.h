// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bpfmap::kernel {

// Makes the kernel count and time the runs of all BPF programs of the system as long as this object
// lives, whatever the sysctl kernel.bpf_stats_enabled says. Several holders, of this process and
// others, do not disturb each other. Costs two readings of a clock for each run of each program.
class RunStatistics {
 public:
  // BPF_ENABLE_STATS: Linux 5.8 and CAP_SYS_ADMIN.
  static Result<RunStatistics> enable();

 private:
  explicit RunStatistics(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace bpfmap::kernel
