// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"
#include "kernel/inventory.h"

namespace bpfmap::kernel {

// What one scan does at most. A descriptor costs some microseconds, whatever it stands for.
struct OwnerLimits {
  std::size_t descriptors = 131072;             // of all processes, looked at
  std::size_t descriptors_of_a_process = 8192;  // the lowest ones
  std::size_t owners = 4096;                    // kept
};

// The processes that hold descriptors of BPF programs, maps and links: one pass over /proc/PID/fd
// for all objects together, one readlink(2) for each descriptor of each process, and fdinfo of
// those that are BPF's only. Sees the processes of its PID namespace that it may look into
// (CAP_SYS_PTRACE for those of other users); the answer says whether something was left out. What
// is held by a pin, an attachment or a thread with descriptors of its own has no owner here. An
// error where `proc` cannot be listed.
Result<OwnerList> find_owners(const std::string& proc = "/proc", const OwnerLimits& limits = {});

}  // namespace bpfmap::kernel
