// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "kernel/object/object_state.h"

namespace bpfmap::kernel {

// An XDP program that runs on the network card is compiled for that card when it is loaded, and
// its maps live there: gives programs with `mode: offload`, and the maps of an object all of
// whose programs are such, to their interface. One interface only, or an error. Whether there is
// any such program.
Result<bool> choose_offload_device(ObjectState& state, std::span<const ProgramRequest> requests);

}  // namespace bpfmap::kernel
