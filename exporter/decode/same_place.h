// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "decode/alternatives.h"
#include "decode/compile_object.h"

namespace bpfmap::decode {

// Warns of programs that are loaded together and run at the same place, as most of them are several
// ways to count the same. Those that the file names are meant.
void warn_of_same_places(const config::Config& config, const ObjectFacts& object,
                         const Alternatives& alternatives, config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
