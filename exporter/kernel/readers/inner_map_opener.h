// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/error.h"
#include "base/unique_fd.h"
#include "kernel/map_shape.h"

namespace bpfmap::kernel {

// Opens the map with this id; the error's code is ENOENT where there is none (any more).
class InnerMapOpener {
 public:
  struct Inner {
    UniqueFd fd;
    MapShape shape;
  };
  virtual ~InnerMapOpener() = default;
  virtual Result<Inner> open(std::uint32_t id) = 0;
};

// The kernel's: BPF_MAP_GET_FD_BY_ID, which needs CAP_SYS_ADMIN. Stateless and thread-safe.
InnerMapOpener& kernel_inner_maps();

}  // namespace bpfmap::kernel
