// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.h"
#include "kernel/libbpf/handles.h"

namespace bpfmap::kernel {

// A perf event on one CPU and the program on it. The event is asked whether it still counts.
struct PerfEventLink {
  LinkPtr link;
  UniqueFd event;
};

// Whether an event goes on: it ends when its CPU goes offline.
bool is_counting(int event);

}  // namespace bpfmap::kernel
