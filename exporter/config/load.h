// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "config/config.h"
#include "config/diagnostics.h"

namespace bpfmap::config {

// Value of an environment variable, nullopt when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

// Reads a file or a pipe into a Source, see read_named_file(). The error names the path and errno.
Result<std::shared_ptr<const Source>> read_source(const std::string& path);

// Parses YAML text into the model. Everything that is wrong goes to `diagnostics`, all of it; the
// Config that comes back then holds what could be understood, so that later stages can find more,
// and must not be run when diagnostics.has_errors(). Never throws.
Config parse_config(std::shared_ptr<const Source> source, const Environment& environment,
                    Diagnostics& diagnostics);

}  // namespace bpfmap::config
