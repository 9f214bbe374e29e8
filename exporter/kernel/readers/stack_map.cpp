// SPDX-License-Identifier: Apache-2.0
#include "kernel/stack_map.h"

#include <fcntl.h>
#include <linux/bpf.h>

#include <algorithm>

#include "base/unique_fd.h"
#include "kernel/map_syscalls.h"

namespace bpfmap::kernel {

bool is_stack_trace(std::uint32_t map_type) { return map_type == BPF_MAP_TYPE_STACK_TRACE; }

bool StackMap::has_build_ids() const { return (shape_.flags & BPF_F_STACK_BUILD_ID) != 0; }

std::size_t StackMap::read(std::uint32_t id, std::vector<std::uint64_t>& frames) const {
  if (frames.size() < depth()) frames.resize(depth());
  if (!lookup_ || !lookup_(id, reinterpret_cast<std::byte*>(frames.data()))) return 0;
  const auto end = frames.begin() + static_cast<std::ptrdiff_t>(depth());
  return static_cast<std::size_t>(std::find(frames.begin(), end, 0) - frames.begin());
}

StackMap::Lookup lookup_in(int fd) {
  const auto own = std::make_shared<UniqueFd>(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  return [own](std::uint32_t id, std::byte* value) {
    return kernel_map_syscalls().lookup(own->get(), &id, value, 0) == 0;
  };
}

}  // namespace bpfmap::kernel
