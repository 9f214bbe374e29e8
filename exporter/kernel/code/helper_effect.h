// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "kernel/number_origin.h"

namespace bpfmap::kernel {

// What a helper function of the kernel does with the addresses in its arguments.
struct HelperEffect {
  enum class Does {
    kNothing,
    kLookup,   // in the map of its first argument; returns the address of a value
    kUpdate,   // in that map, with the value in the third
    kDelete,   // from that map
    kStorage,  // kLookup that makes the value where there is none
    kFill,     // writes into the bytes
    kSend,     // sends the bytes through a map to user space
    kReserve,  // returns the address of bytes for an event of the map
    kReturn,   // returns a number that has a meaning
  };
  Does does = Does::kNothing;
  std::size_t argument = 0;  // the one that has the bytes, from 1; their size is the next one
  std::size_t map = 1;       // the one that has the map
  Meaning meaning = Meaning::kNone;  // of what it returns or writes
};

// By the number that a call has, BPF_FUNC_*; null for those that pass addresses on to
// where nothing is known of them.
std::optional<HelperEffect> helper_effect(std::int32_t id);

}  // namespace bpfmap::kernel
