// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config_files.h"

namespace bpfmap::commands {

// `check`: everything that can be known without the kernel, offline and unprivileged. Diagnostics
// and the summary go to stderr; returns the exit code.
int check(const app::ConfigSelection& selection);

}  // namespace bpfmap::commands
