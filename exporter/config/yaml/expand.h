// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "config/diagnostics.h"
#include "config/environment.h"

namespace bpfmap::config {

// Replaces ${NAME} by the variable's value, ${NAME:-default} by the default where the variable is
// unset or empty, and $$ by a dollar; any other dollar stays. A default ends at the first '}' and
// is taken as it is. What a variable holds is not expanded again. Reports an unset variable and a
// malformed ${ at `at` and leaves that part as it was written.
std::string expand_environment(std::string_view text, Position at, const Environment& environment,
                               Diagnostics& diagnostics);

}  // namespace bpfmap::config
