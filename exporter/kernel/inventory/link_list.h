// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/error.h"
#include "kernel/inventory.h"
#include "kernel/inventory/object_walk.h"

namespace bpfmap::kernel {

// Lists the links of the system (Linux 5.8; details of perf_event links since 6.6).
Result<std::vector<LinkRecord>> list_links(const ObjectCalls& calls = link_calls());

// Whether the interface, cgroup, network namespace or map that a link was made for is gone: the
// kernel leaves the link, attached to nothing.
bool is_attached_to_nothing(int link_fd);

// Whether the kernel lets the program of a link be replaced by another one (BPF_LINK_UPDATE).
bool takes_other_programs(int link_fd);

}  // namespace bpfmap::kernel
