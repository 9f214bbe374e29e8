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

// What names and globs (fnmatch(3)) select of the interfaces that there are.
struct InterfaceMatches {
  std::vector<Interface> interfaces;   // each once, ordered as they were given
  std::vector<Error> missing;          // a name that none has
  std::vector<std::string> unmatched;  // globs that match none
};
InterfaceMatches match_interfaces(std::span<const std::string> patterns,
                                  std::span<const Interface> available);

// The same for a caller that needs them now: a name that none has is an error, and so are patterns
// of which none matches.
Result<std::vector<Interface>> select_interfaces(std::span<const std::string> patterns,
                                                 std::span<const Interface> available);

// Tells an interface apart from all others, also of the same name or index: in another network
// namespace, or made anew. A name that changes changes nothing.
std::string place_name(const Interface& interface);

}  // namespace bpfmap::kernel
