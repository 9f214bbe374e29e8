// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/diagnostics.h"
#include "exposition/metric_type.h"

namespace bpfmap::decode {

// The names that all configurations of a process export together. A family must be written once and
// whole, so each name that it occupies in any format - for a histogram also NAME_bucket, NAME_sum
// and NAME_count, for a counter the name with and without _total - has one owner. Not thread-safe;
// used while configurations are compiled.
class MetricNames {
 public:
  // Reports an invalid, reserved or taken name as an error, and what the conventions would spell
  // otherwise as a notice. `name` is complete, with the prefix.
  void claim(const std::string& name, config::MetricKind kind, config::Position at,
             config::Diagnostics& diagnostics);

 private:
  struct Owner {
    std::string family;
    config::MetricKind kind;
    std::string place;  // file:line
  };
  std::map<std::string, Owner> owners_;  // by each name that is occupied
};

// As configurations spell it.
const char* kind_name(config::MetricKind kind);

exposition::MetricType metric_type(config::MetricKind kind);

}  // namespace bpfmap::decode
