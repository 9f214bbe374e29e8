// SPDX-License-Identifier: Apache-2.0
#include "host/host.h"

#include <utility>

#include "host/cgroups.h"
#include "host/pod_names.h"

namespace bpfmap::host {

Host::Host(HostOptions options)
    : cgroups_(std::make_unique<Cgroups>(std::move(options.cgroups), clock_)) {
  if (options.kubelet) {
    pods_ = std::make_unique<PodNames>(*std::move(options.kubelet), clock_);
  }
}

Host::~Host() = default;

}  // namespace bpfmap::host
