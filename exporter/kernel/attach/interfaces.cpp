// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/interfaces.h"

#include <fnmatch.h>
#include <net/if.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/suggest.h"

namespace bpfmap::kernel {
namespace {

struct FreeNames {
  void operator()(struct if_nameindex* names) const { if_freenameindex(names); }
};

bool is_glob(std::string_view pattern) {
  return pattern.find_first_of("*?[") != std::string_view::npos;
}

Error no_interface(const std::string& pattern, std::span<const Interface> available) {
  std::vector<std::string> names;
  for (const Interface& candidate : available) names.push_back(candidate.name);
  Error error{.kind = ErrorKind::kConfiguration,
              .operation = "find interface",
              .subject = "'" + pattern + "'"};
  error.detail = is_glob(pattern) ? "no interface matches" : "there is none of this name";
  error.detail += suggestion(pattern, names);
  error.hint =
      "interfaces are looked for in the network namespace of this process; in a container, "
      "that is the container's unless it has the host's network";
  return error;
}

}  // namespace

Result<std::vector<Interface>> list_interfaces() {
  const std::unique_ptr<struct if_nameindex, FreeNames> names(if_nameindex());
  if (!names) {
    return unexpected(Error{.kind = ErrorKind::kSystem,
                            .operation = "list",
                            .subject = "network interfaces",
                            .code = errno});
  }
  std::vector<Interface> interfaces;
  for (const struct if_nameindex* at = names.get(); at->if_index != 0; ++at) {
    interfaces.push_back({static_cast<int>(at->if_index), at->if_name});
  }
  return interfaces;
}

InterfaceMatches match_interfaces(std::span<const std::string> patterns,
                                  std::span<const Interface> available) {
  InterfaceMatches matches;
  std::vector<bool> wanted(available.size());
  for (const std::string& pattern : patterns) {
    bool found = false;
    for (std::size_t i = 0; i < available.size(); ++i) {
      if (fnmatch(pattern.c_str(), available[i].name.c_str(), 0) != 0) continue;
      wanted[i] = true;
      found = true;
    }
    if (found) continue;
    if (is_glob(pattern)) matches.unmatched.push_back(pattern);
    if (!is_glob(pattern)) matches.missing.push_back(no_interface(pattern, available));
  }
  for (std::size_t i = 0; i < available.size(); ++i) {
    if (wanted[i]) matches.interfaces.push_back(available[i]);
  }
  return matches;
}

Result<std::vector<Interface>> select_interfaces(std::span<const std::string> patterns,
                                                 std::span<const Interface> available) {
  InterfaceMatches matches = match_interfaces(patterns, available);
  if (!matches.missing.empty()) return unexpected(std::move(matches.missing.front()));
  if (matches.interfaces.empty() && !patterns.empty()) {
    return unexpected(no_interface(patterns.front(), available));
  }
  return std::move(matches.interfaces);
}

std::string place_name(const Interface& interface) {
  struct stat network {};
  stat("/proc/thread-self/ns/net", &network);
  return std::to_string(interface.index) + " " + std::to_string(network.st_ino);
}

}  // namespace bpfmap::kernel
