// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/error.h"

namespace bpfmap::kernel {

// A BPF filter in an interface's clsact qdisc. The destructor removes the filter, and the qdisc too
// if it was created for this filter and holds no other by then, from whatever process.
// Move-only. Belongs to the network namespace of the thread that created it and is to be
// destroyed in the same.
class TcFilter {
 public:
  struct Place {
    int interface_index = 0;
    bool ingress = true;
    std::uint32_t priority = 0;  // 0: the kernel chooses
  };

  // A negative errno of the kernel or libbpf is the error; what libbpf says about
  // it, its LibbpfLog's.
  static tl::expected<TcFilter, int> create(const Place& place, int program_fd);

  // Whether the kernel still has it, or does not say.
  bool is_there() const;

  TcFilter(TcFilter&& other) noexcept;
  TcFilter& operator=(TcFilter&& other) noexcept;
  ~TcFilter() { remove(); }

 private:
  TcFilter() = default;
  void remove();

  Place place_;  // of no interface: nothing to remove
  std::uint32_t handle_ = 0;
  std::uint32_t program_id_ = 0;
  bool created_qdisc_ = false;
};

// Whether any filter is in either direction of the interface's clsact qdisc; a negative
// errno on failure.
tl::expected<bool, int> has_tc_filters(int interface_index);

}  // namespace bpfmap::kernel
