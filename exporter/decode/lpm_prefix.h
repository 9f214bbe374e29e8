// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "kernel/map_info.h"

namespace bpfmap::decode {

// What the decoder `prefix` reads of the key of an LPM trie.
struct LpmPrefix {
  kernel::Field field;
  bool is_guess = false;  // nothing but the size of the key says that there is an address
};

// The address in the key of an LPM trie, where that is the length of a prefix and an address and
// nothing else. Nothing for tries of other things, and for other maps.
std::optional<LpmPrefix> lpm_prefix(const kernel::MapInfo& map);

// Whether a field in the key of an LPM trie is an address: by its type, or by a size that fits
// and its name.
bool is_address_in_trie(const kernel::Field& field);

}  // namespace bpfmap::decode
