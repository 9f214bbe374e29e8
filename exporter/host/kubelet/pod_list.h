// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace bpfmap::host {

struct Pod {
  std::string name;
  std::string pod_namespace;
  std::vector<std::string> uids;  // as cgroups may have it: of static pods also the hash
  struct Container {
    std::string id;  // without its runtime: 64 digits
    std::string name;
  };
  std::vector<Container> containers;  // also those that have ended
};

// The pods of a v1 PodList in JSON, as the kubelet gives them at /pods. Pods without a name are
// left out; what else is missing is empty. An error for what is no such list. Any thread.
Result<std::vector<Pod>> parse_pod_list(std::string_view text);

}  // namespace bpfmap::host
