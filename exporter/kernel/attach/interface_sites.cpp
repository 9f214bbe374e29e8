// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/interface_sites.h"

#include <utility>
#include <vector>

namespace bpfmap::kernel {

Sites interface_sites(const LoadedProgram& program, std::span<const std::string> patterns,
                      const std::function<std::string(const Interface&)>& place_of,
                      const std::function<std::string(const Interface&)>& where_of,
                      const std::function<Result<Attachment::Handle>(const Interface&)>& attach) {
  Sites sites;
  const Result<std::vector<Interface>> all = list_interfaces();
  if (!all) {
    sites.missing.push_back(for_program(all.error(), program));
    return sites;
  }
  InterfaceMatches matches = match_interfaces(patterns, *all);
  for (const Interface& interface : matches.interfaces) {
    sites.found.push_back({place_of(interface), where_of(interface),
                           [attach, interface] { return attach(interface); }});
  }
  for (const Error& missing : matches.missing) {
    sites.missing.push_back(for_program(missing, program));
  }
  for (const std::string& pattern : matches.unmatched) {
    sites.unmatched.push_back("interface '" + pattern + "'");
  }
  return sites;
}

}  // namespace bpfmap::kernel
