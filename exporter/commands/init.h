// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace bpfmap::commands {

struct InitOptions {
  std::string object;  // a path, or builtin:NAME
  std::string output;  // file to write; empty: standard output
  bool force = false;  // replace that file
};

// `init`: writes a configuration for an object to start from. Reads the object only, which needs no
// privilege. In a file the object's path is relative to the file's folder. Returns the exit code.
int init(const InitOptions& options);

}  // namespace bpfmap::commands
