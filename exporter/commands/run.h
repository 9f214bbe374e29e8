// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "commands/config_files.h"

namespace bpfmap::commands {

struct RunOptions {
  ConfigSelection configs;
  std::vector<std::string> listen_addresses;  // as http::ServerOptions
  std::string telemetry_path;
};

// `run`: loads, attaches, samples and serves until SIGINT or SIGTERM. Returns the exit code.
int run(const RunOptions& options);

}  // namespace bpfmap::commands
