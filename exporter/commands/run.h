// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "app/config_files.h"
#include "base/clock.h"
#include "host/host_options.h"

namespace bpfmap::commands {

inline constexpr const char* kDefaultPinBase = "/sys/fs/bpf/bpfmap_exporter";

struct RunOptions {
  app::ConfigSelection configs;
  std::vector<std::string> listen_addresses;  // as http::ServerOptions
  std::string telemetry_path;
  bool enable_lifecycle = false;           // POST /-/reload
  std::string keep_capabilities = "auto";  // --capabilities.keep
  std::string pin_base;                    // the folder of bpffs for configurations with `pin`
  bool debug = false;                      // GET /maps
  Duration timeout_offset{};               // --timeout-offset
  bool watch_configs = false;              // read them anew when they change
  host::HostOptions host;
};

// `run`: loads, attaches, samples and serves until SIGINT or SIGTERM; SIGHUP reads the
// configuration anew. Returns the exit code.
int run(const RunOptions& options);

}  // namespace bpfmap::commands
