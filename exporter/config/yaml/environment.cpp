// SPDX-License-Identifier: Apache-2.0
#include "config/environment.h"

#include <cstdlib>

namespace bpfmap::config {

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    // Nothing in this process changes its environment. secure_getenv() would find nothing in a
    // binary that has file capabilities, which is how this one is installed.
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

}  // namespace bpfmap::config
