// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <optional>

namespace bpfmap::kernel {

struct KernelVersion {
  int major = 0;
  int minor = 0;
  auto operator<=>(const KernelVersion&) const = default;
};

// Nothing where the kernel's name of itself begins with no numbers. Any thread.
std::optional<KernelVersion> running_kernel();

}  // namespace bpfmap::kernel
