// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernel/inventory/program_list.h"

namespace bpfmap::kernel {

// Maps by the programs and processes that use them. Remembers programs, since to describe one costs
// several system calls. One thread at a time; needs CAP_SYS_ADMIN.
class MapUsers {
 public:
  // The ids of the maps that the programs of this name use. Names that the kernel has cut at 15
  // characters are compared as far, where no BTF has the rest.
  Result<std::set<std::uint32_t>> used_by(const std::string& program);

  // The ids of the maps that a process holds: by descriptors of the maps, of programs that use them
  // or of links of such. `owner` is a pid or the name of a process (its comm). The error is EACCES
  // where no such process was seen, and not all could be looked into (CAP_SYS_PTRACE).
  Result<std::set<std::uint32_t>> held_by(const std::string& owner);

 private:
  ProgramList programs_;
};

}  // namespace bpfmap::kernel
