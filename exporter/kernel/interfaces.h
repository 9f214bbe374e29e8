// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace bpfmap::kernel {

struct Interface {
  int index = 0;
  std::string name;
};

// The network interfaces of the calling thread's network namespace.
Result<std::vector<Interface>> list_interfaces();

// Those of `available` that any of the names and globs (fnmatch(3)) selects, each once, ordered as
// in `available`. A name or glob that selects nothing is an error.
Result<std::vector<Interface>> select_interfaces(std::span<const std::string> patterns,
                                                 std::span<const Interface> available);

// Tells an interface apart from all others, also of the same name or index: in another network
// namespace, or made anew.
std::string place_name(const Interface& interface);

}  // namespace bpfmap::kernel
