// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "config/config.h"
#include "config/diagnostics.h"
#include "decode/object_facts.h"

namespace bpfmap::decode {

// Reports maps of `cgroup_ids` that do not exist or cannot hold ids.
void check_cgroup_ids(const config::Config& config, const ObjectFacts& object,
                      config::Diagnostics& diagnostics);

// Reports globals of `kernel_addresses` that do not exist or cannot hold an address.
void check_kernel_addresses(const config::Config& config, const ObjectFacts& object,
                            config::Diagnostics& diagnostics);

// Whether some of the expressions is found in a path. Callable from any thread.
std::function<bool(const std::string& path)> path_matcher(const config::CgroupIdsConfig& ids);

}  // namespace bpfmap::decode
