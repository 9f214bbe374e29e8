// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/diagnostics.h"

namespace bpfmap::decode {

// The maps that export one metric family together, and whether they can. Their samples stand under
// one HELP and TYPE; where two have equal labels, they are added up, which takes numbers of one
// unit, and makes no sense of gauges. Not thread-safe; used while configurations are compiled.
class FamilyMembers {
 public:
  FamilyMembers(std::string name, config::MetricKind kind) : name_(std::move(name)), kind_(kind) {}

  config::MetricKind kind() const { return kind_; }
  // Whether this very map is one of them.
  bool has(const config::Config& config, const config::MapConfig& map) const;

  // Adds a map, and reports what keeps it from those that are there.
  void add(const config::Config& config, const config::MapConfig& map,
           const config::MetricConfig& metric, config::Diagnostics& diagnostics);

  // What a map's numbers are, once it is compiled: the same text for those that can be added up.
  // Reports a difference to a map whose labels may be the same.
  void set_meaning(const config::Config& config, const config::MapConfig& map,
                   const config::MetricConfig& metric, const std::string& meaning,
                   config::Diagnostics& diagnostics);

 private:
  struct Member {
    std::string map;    // file:line:column
    std::string place;  // file:line of the metric
    std::string help;
    std::map<std::string, std::string> constants;  // labels
    std::optional<std::set<std::string>> labels;   // all of them, where the file lists them
    std::string meaning;                           // empty as long as it is not known
  };
  static Member member_of(const config::Config& config, const config::MapConfig& map,
                          const config::MetricConfig& metric);
  static bool are_told_apart(const Member& one, const Member& other);

  std::string name_;
  config::MetricKind kind_;
  std::vector<Member> members_;
};

}  // namespace bpfmap::decode
