// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include "config/config.h"

namespace bpfmap::decode {

// The cgroup hierarchies that labels of a configuration name things of, as host::Cgroups calls
// them. They have to be followed before programs count: what dies before it is seen has no
// name. Any thread.
std::set<std::string> cgroup_hierarchies(const config::Config& config);

// Whether labels of a configuration name processes or what is in them, which takes a /proc that
// shows those of the machine. Any thread.
bool names_processes(const config::Config& config);

}  // namespace bpfmap::decode
