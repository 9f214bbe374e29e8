// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/config.h"
#include "kernel/map_info.h"

namespace bpfmap::decode {

// What a file of ebpf_exporter's format means for a map, now that the map is known: whether its
// last label is the CPU, and how its values are read, which are always u64 there. Reports keys and
// values that are not what the file says. A map of the exporter's own language comes back as it is.
config::MapConfig fit_to_map(const config::MapConfig& map, const kernel::MapInfo& info,
                             config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
