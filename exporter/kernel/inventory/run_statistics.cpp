// SPDX-License-Identifier: Apache-2.0
#include "kernel/inventory/run_statistics.h"

#include <bpf/bpf.h>

#include <cerrno>

namespace bpfmap::kernel {

Result<RunStatistics> RunStatistics::enable() {
  const int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
  if (fd >= 0) return RunStatistics(UniqueFd(fd));
  Error error{.kind = ErrorKind::kSystem,
              .operation = "enable",
              .subject = "run statistics of BPF programs",
              .code = -fd};
  if (error.code == EPERM) error.hint = "this needs CAP_SYS_ADMIN";
  if (error.code == EINVAL) {
    error.hint = "this needs Linux 5.8; sysctl kernel.bpf_stats_enabled=1 works since 5.1";
  }
  return unexpected(std::move(error));
}

}  // namespace bpfmap::kernel
