// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/errands.h"
#include "base/error.h"
#include "config/diagnostics.h"

namespace bpfmap::app {

// Which configurations the command line names.
struct ConfigSelection {
  std::vector<std::string> configs;  // files, folders, "builtin:a,b"
  std::string folder;                // --config.dir: where `names` are
  std::vector<std::string> names;    // --config.names: NAME.yaml in that folder
  bool strict = false;               // every program is required
  std::string kernel_btf = {};       // --btf.path; empty: the kernel's own

  bool empty() const { return configs.empty() && names.empty(); }
};

// What runs when nothing is named.
inline constexpr const char* kDefaultConfigs = "builtin:syscalls,runqlat";

// The files and folders that the command line names, whether they are there or not.
std::vector<std::string> paths_of(const ConfigSelection& selection);

// The files that read_configs() reads, without what is built in; of a folder those that are there.
std::vector<std::string> files_of(const ConfigSelection& selection);

// Reads them all, in the order of the command line; those of a folder (*.yaml, *.yml, not deeper)
// by name. The error names the first that cannot be read, or does not come.
using Sources = std::vector<std::shared_ptr<const config::Source>>;
Result<Sources> read_configs(const ConfigSelection& selection, Errands& errands);

}  // namespace bpfmap::app
