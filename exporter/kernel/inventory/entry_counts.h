// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bpfmap::kernel {

// How many entries the hash maps of the system hold, without walking them. The kernel counts them
// since Linux 6.6, but tells only BPF programs (bpf_map_sum_elem_count()), neither bpf(2) nor
// fdinfo; so this holds an iterator over all maps, a BPF program that writes the numbers into a
// file. Reading it costs a sum over the CPUs for each map. Maps of types without a count are told
// as 0. For one thread at a time.
class EntryCounts {
 public:
  using ById = std::map<std::uint32_t, std::uint64_t>;

  // Loads the iterator: Linux 6.6 with BTF; CAP_BPF and CAP_PERFMON. Takes some ten milliseconds,
  // most of them for the kernel's BTF.
  static Result<EntryCounts> open();

  // The numbers of all maps by their ids.
  Result<ById> read() const;

 private:
  EntryCounts(UniqueFd program, UniqueFd link)
      : program_(std::move(program)), link_(std::move(link)) {}

  UniqueFd program_;
  UniqueFd link_;
};

}  // namespace bpfmap::kernel
