// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/map_shape.h"

struct bpf_map_info;

// What the kernel tells about a map through its descriptor.
namespace bpfmap::kernel {

MapShape shape_of(const bpf_map_info& info);

// Asks for `info`: 0 or a positive errno.
int read_map_info(int fd, bpf_map_info& info);

}  // namespace bpfmap::kernel
