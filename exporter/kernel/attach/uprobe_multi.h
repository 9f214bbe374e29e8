// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <span>
#include <string>

#include "base/unique_fd.h"

// One link for many functions of a file (uprobe_multi, Linux 6.6). A program is loaded for such
// links or for those of single functions, and never has the other ones. libbpf has it from 1.3 on.
namespace bpfmap::kernel {

// Asks the kernel once. Before Linux 6.10 such links take the id of a process for that of a thread.
bool has_uprobe_multi();
bool has_uprobe_multi_of_processes();

// Before the program is loaded, and what it was loaded for.
void load_for_uprobe_multi(bpf_program* program, bool wanted);
bool is_for_uprobe_multi(const bpf_program* program);

struct UprobeMulti {
  std::string path;
  std::span<const std::uint64_t> offsets;
  bool return_probe = false;
  int pid = -1;
};
// None where the kernel refuses it, with errno.
UniqueFd link_uprobe_multi(int program_fd, const UprobeMulti& probes);

}  // namespace bpfmap::kernel
