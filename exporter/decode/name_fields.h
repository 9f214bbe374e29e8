// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/config.h"
#include "kernel/map_info.h"

namespace bpfmap::decode {

// Names the parts of keys and values that a map's configuration gives by offset, where BTF has a
// field of that place, size and meaning; decoders are added where the field's type alone would be
// shown in another way. What comes back exports the same. Returns how many parts are still
// without a name.
int name_fields(config::MapConfig& map, const kernel::MapInfo& info);

}  // namespace bpfmap::decode
