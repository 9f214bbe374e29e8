// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach/site.h"
#include "model/attach_target.h"

namespace bpfmap::kernel {

// The event on every CPU that is online.
Sites perf_event_sites(const LoadedProgram& program, const model::PerfEventTarget& target);

}  // namespace bpfmap::kernel
