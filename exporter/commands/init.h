// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "commands/map_selection.h"

namespace bpfmap::commands {

struct InitOptions {
  std::string object;  // a path, or builtin:NAME; or
  MapSelection maps;   // maps that are loaded already
  std::string output;  // file to write; empty: standard output
  bool force = false;  // replace that file
};

// `init`: writes a configuration for an object or for loaded maps to start from. An object is only
// read, which needs no privilege. In a file the object's path is relative to the file's folder.
// Returns the exit code.
int init(const InitOptions& options);

}  // namespace bpfmap::commands
