// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "commands/map_selection.h"

namespace bpfmap::commands {

// What to look at: exactly one of these, otherwise the command line is wrong.
struct InspectOptions {
  std::string object;  // a path, or builtin:NAME
  MapSelection maps;
};

// `inspect`: prints programs, maps and variables of an object, or maps that are loaded, to stdout.
// An object is only read, which needs no privilege. Returns the exit code.
int inspect(const InspectOptions& options);

}  // namespace bpfmap::commands
