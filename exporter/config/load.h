// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "config/config.h"
#include "config/diagnostics.h"
#include "config/environment.h"

namespace bpfmap::config {

// Reads a file or a pipe into a Source, see read_named_file(). The error names the path and errno.
Result<std::shared_ptr<const Source>> read_source(const std::string& path);

// Parses YAML text into the model. Everything that is wrong goes to `diagnostics`, all of it; the
// Config that comes back then holds what could be understood, so that later stages can find more,
// and must not be run when diagnostics.has_errors(). Never throws.
Config parse_config(std::shared_ptr<const Source> source, const Environment& environment,
                    Diagnostics& diagnostics);

}  // namespace bpfmap::config
