// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace bpfmap::starter {

// What a program of type perf_event is called at, by its name.
struct SampledEvent {
  std::string attach;  // "{ type: hardware, event: cache-misses, period: 100000 }"
  std::string event;
  bool needs_hardware = false;  // counters that virtual machines often lack
};

// Nothing where the name does not say which event it is.
std::optional<SampledEvent> sampled_event(const std::string& program);

}  // namespace bpfmap::starter
