// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/diagnostics.h"
#include "decode/compile/family_members.h"
#include "decode/sample_plan.h"

namespace bpfmap::decode {

// The names that all configurations of a process export together. A family must be written once and
// whole, so each name that it occupies in any format - for a histogram also NAME_bucket, NAME_sum
// and NAME_count, for a counter the name with and without _total - has one owner, or several maps
// that own it together (family_members.h). Not thread-safe; used while configurations are compiled.
class MetricNames {
 public:
  // A metric of a map, which may be one of several maps that export a family together: claims the
  // name for the first of them.
  void join(const config::Config& config, const config::MapConfig& map,
            const config::MetricConfig& metric, config::Diagnostics& diagnostics);

  // What the metrics of a map count, once it is compiled: see FamilyMembers::set_meaning().
  void set_meanings(const config::Config& config, const config::MapConfig& map,
                    const SamplePlan& plan, config::Diagnostics& diagnostics);

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
  std::map<std::string, FamilyMembers> families_;
};

}  // namespace bpfmap::decode
