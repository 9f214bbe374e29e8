// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace bpfmap::kernel {

// `type` and `config` of perf_event_open(2).
struct PerfEventCode {
  std::uint32_t type = 0;
  std::uint64_t config = 0;
};

// Translates a type (hardware, software, hw_cache, raw, or a number) and an event (a name as
// `perf list` has it, such as cpu-clock or L1-dcache-load-misses, or a number, also in hex and
// as perf's r1a8).
Result<PerfEventCode> perf_event_code(const std::string& type, const std::string& event);

}  // namespace bpfmap::kernel
