// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernel/inventory.h"
#include "kernel/inventory/object_walk.h"

namespace bpfmap::kernel {

// Lists the programs of the system. Remembers of each what never changes and costs more than one
// call to find out, as long as the program exists. For one thread at a time.
class ProgramList {
 public:
  Result<std::vector<ProgramRecord>> read(const ObjectCalls& calls = program_calls());

 private:
  struct Fixed {
    std::uint64_t load_time_ns = 0;  // ids are used again after 2^31 programs
    std::string name;
    std::optional<std::uint64_t> memory_bytes;
    std::vector<std::uint32_t> map_ids;
  };
  using FixedById = std::map<std::uint32_t, Fixed>;

  int describe(int fd, std::vector<ProgramRecord>& records, FixedById& alive);

  FixedById known_;
};

}  // namespace bpfmap::kernel
