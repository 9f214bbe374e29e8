// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "config/config.h"
#include "config/diagnostics.h"
#include "decode/object_facts.h"
#include "kernel/program_request.h"

namespace bpfmap::decode {

// What the configuration wants with programs of the object; those that it does not name get no
// request. Reports programs that do not exist, targets that do not fit their types, perf events
// of unknown names, and programs that can attach neither by their section nor by what the
// configuration says (a warning where they are not required).
std::vector<kernel::ProgramRequest> compile_programs(const config::Config& config,
                                                     const ObjectFacts& object,
                                                     config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
