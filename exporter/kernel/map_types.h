// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "kernel/map_reader.h"

// Facts about the types of enum bpf_map_type (linux/bpf.h). Types newer than the build's headers
// are known by number; nothing here asks the kernel.
namespace bpfmap::kernel {

// "hash", "percpu_array": the kernel's name in lower case; "type 99" for one that is not known.
std::string map_type_name(std::uint32_t map_type);

bool is_per_cpu(std::uint32_t map_type);
bool is_array(std::uint32_t map_type);
bool is_lru(std::uint32_t map_type);

// A map through which programs send events, and that holds none to be listed.
bool is_event_stream(std::uint32_t map_type);

// Of the streams, the kind that tells what it has lost and whose buffers user space makes.
bool is_perf_event_array(std::uint32_t map_type);

// An array created with BPF_F_MMAPABLE, which user space can map into its memory.
bool is_mmapable(const MapShape& shape);

// Why maps of this type cannot be walked; empty for those that can.
std::string why_not_walkable(std::uint32_t map_type);

}  // namespace bpfmap::kernel
