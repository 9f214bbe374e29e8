// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach.h"

namespace bpfmap::kernel {

// The event on every CPU that is online.
Sites perf_event_sites(const LoadedProgram& program, const PerfEventTarget& target);

// Whether an event goes on: it ends when its CPU goes offline.
bool is_counting(int event);

}  // namespace bpfmap::kernel
