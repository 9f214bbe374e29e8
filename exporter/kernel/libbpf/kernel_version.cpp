// SPDX-License-Identifier: Apache-2.0
#include "kernel/libbpf/kernel_version.h"

#include <sys/utsname.h>

#include <cstdio>

namespace bpfmap::kernel {

std::optional<KernelVersion> running_kernel() {
  utsname names{};
  KernelVersion version;
  if (::uname(&names) != 0 ||
      std::sscanf(names.release, "%d.%d", &version.major, &version.minor) != 2) {
    return std::nullopt;
  }
  return version;
}

}  // namespace bpfmap::kernel
