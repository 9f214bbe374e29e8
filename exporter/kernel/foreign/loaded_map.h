// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "base/error.h"
#include "kernel/object_info.h"

struct bpf_map_info;

// What the kernel tells about a map that is loaded already, through its descriptor.
namespace bpfmap::kernel {

// Name, shape and, where the map was created with BTF, types. BTF that cannot be read is as good as
// none: keys and values are numbers or explicit bytes then. A map of maps is described by the first
// map found in it: `inner` is null while it is empty, and an error where the maps in it cannot be
// opened (it takes CAP_SYS_ADMIN).
Result<std::shared_ptr<const MapInfo>> describe_loaded_map(int fd, const bpf_map_info& info);

// The variables of a map that is a section of them (.bss, .data), in the order of their places;
// none of any other map, and of one without BTF.
std::vector<GlobalInfo> variables_of_loaded_map(const bpf_map_info& info);

}  // namespace bpfmap::kernel
