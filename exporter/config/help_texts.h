// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_map>

#include "config/config.h"

namespace bpfmap::config {

// Help texts for metrics that have none, made from their map and field: "Field bytes of map
// flows.". A family that several maps or files export has one text: that of the first of them which
// has one. One thread at a time.
class HelpTexts {
 public:
  // All files first, in the order in which they are exported.
  void learn(const Config& config);
  void complete(Config& config);

 private:
  std::unordered_map<std::string, std::string> by_name_;
};

}  // namespace bpfmap::config
