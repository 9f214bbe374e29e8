// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "config/config.h"
#include "config/diagnostics.h"
#include "decode/compile/alternatives.h"
#include "decode/object_facts.h"

namespace bpfmap::decode {

// Warns of programs that are loaded together and run at the same place, as most of them are several
// ways to count the same. Those that the file names are meant.
void warn_of_same_places(const config::Config& config, const ObjectFacts& object,
                         const Alternatives& alternatives, config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
