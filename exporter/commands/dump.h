// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config_files.h"
#include "base/clock.h"
#include "commands/map_selection.h"
#include "host/host_options.h"

namespace bpfmap::commands {

struct DumpOptions {
  app::ConfigSelection configs;
  MapSelection maps;  // or maps that are loaded already, as `init` would export them
  Duration wait{};    // how long the programs run before the maps are read
  host::HostOptions host;
};

// `dump`: loads and attaches, waits, samples every map once, prints the page to stdout and leaves
// nothing behind. Returns the exit code.
int dump(const DumpOptions& options);

}  // namespace bpfmap::commands
