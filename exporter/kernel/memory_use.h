// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>

#include "kernel/program_code.h"

namespace bpfmap::kernel {

// What programs do with a map's values, or with a global variable. An array that is indexed counts
// as kSomewhere: its address is computed as that of a field which is chosen may be.
struct MemoryUse {
  bool looked_up = false;  // bpf_map_lookup_elem() and its kin
  bool updated = false;    // bpf_map_update_elem()
  bool deleted = false;    // bpf_map_delete_elem(): entries are of something that ends
  bool sent = false;       // values go to user space as events, or into other maps
  bool read = false;       // programs look at what the values hold
  // Programs pass its address on to where this analysis does not follow: what is not seen here may
  // happen all the same.
  bool escapes = false;

  // Offsets in the value; kSomewhere where one is not known.
  static constexpr std::uint32_t kSomewhere = UINT32_MAX;
  std::set<std::uint32_t> grows;     // what is added to
  std::set<std::uint32_t> falls;     // what something may be taken from
  std::set<std::uint32_t> assigned;  // what is overwritten

  bool is_written() const { return updated || changes(); }
  bool changes() const { return !grows.empty() || !falls.empty() || !assigned.empty(); }
};

// By names of maps and variables, for all that the code refers to.
using MemoryUses = std::map<std::string, MemoryUse>;

// Follows the instructions of all programs through branches and calls of their own functions, and
// what registers and the stack hold by kind: addresses of maps and of values with their offsets,
// numbers that were loaded from them. A guess for people who start with an object (`init`), not a
// proof: what it cannot follow is `escapes`. Everything escapes where the code is larger than it
// has patience for (some hundred thousand steps).
MemoryUses memory_uses(const ProgramCode& code);

}  // namespace bpfmap::kernel
