// SPDX-License-Identifier: Apache-2.0
#include "kernel/types/loaded_shape.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "kernel/map_types.h"

namespace bpfmap::kernel {

MapShape shape_of(const bpf_map_info& info) {
  MapShape shape;
  shape.type = info.type;
  shape.key_size = info.key_size;
  shape.value_size = info.value_size;
  shape.max_entries = info.max_entries;
  shape.flags = info.map_flags;
  shape.per_cpu = is_per_cpu(info.type);
  if (shape.per_cpu) {
    shape.cpus = static_cast<std::uint32_t>(std::max(1, libbpf_num_possible_cpus()));
  }
  return shape;
}

int read_map_info(int fd, bpf_map_info& info) {
  std::uint32_t size = sizeof(info);
  return bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? 0 : errno;
}

}  // namespace bpfmap::kernel
