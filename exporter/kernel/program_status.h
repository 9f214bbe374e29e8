// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace bpfmap::kernel {

// What became of a program.
struct ProgramStatus {
  std::string name;
  std::string section;
  std::string type;
  bool loaded = false;
  bool attached = false;  // at every place that wants it now, one at least
  std::string problem;    // why not, empty where all is well or it was not wanted
  std::string instead;    // of an alternative that is not used: which one is, and why
  std::uint32_t id = 0;   // of the loaded program
  std::string tag;        // its instructions' hash, hex
};

// What the kernel counts of a program's runs. The first two are zero unless
// kernel.bpf_stats_enabled (or a holder of BPF_ENABLE_STATS) switched them on.
struct ProgramRuns {
  std::uint64_t count = 0;
  std::uint64_t nanoseconds = 0;
  // Left out because the program was running on that CPU already, interrupted or preempted: what
  // they would have counted is missing. Linux 5.12.
  std::optional<std::uint64_t> recursion_misses;
};

}  // namespace bpfmap::kernel
