// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/error.h"

namespace bpfmap::commands {

// Writes text to standard output, all of it or an error.
Result<void> print_text(const std::string& text);

// Writes the error to standard error, and returns its exit code.
int report(const Error& error);

}  // namespace bpfmap::commands
