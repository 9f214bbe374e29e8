// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/attach.h"

namespace bpfmap::kernel {

// Opens the event on every CPU that is online now and attaches to all of them.
Result<Attachments> attach_perf_event(const LoadedProgram& program, const PerfEventTarget& target);

}  // namespace bpfmap::kernel
