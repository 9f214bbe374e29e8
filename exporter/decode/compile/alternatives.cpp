// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/alternatives.h"

#include <algorithm>
#include <vector>

#include "base/suggest.h"

namespace bpfmap::decode {
namespace {

// The name in a set that no program has; null where the set exists.
const config::Located<std::string>* missing_of(const config::ProgramSet& set,
                                               const ObjectFacts& object) {
  for (const config::Located<std::string>& name : set.programs) {
    const auto is_it = [&](const kernel::ProgramInfo& info) { return info.name == name.value; };
    if (std::none_of(object.programs.begin(), object.programs.end(), is_it)) return &name;
  }
  return nullptr;
}

std::string unknown(const std::string& name, const ObjectFacts& object) {
  std::vector<std::string> names;
  for (const kernel::ProgramInfo& info : object.programs) names.push_back(info.name);
  return "no program '" + name + "' in " + object.name + suggestion(name, names);
}

// The sets that exist. What is missing in the others is told.
std::vector<const config::ProgramSet*> existing_sets(const config::AlternativesConfig& group,
                                                     const ObjectFacts& object,
                                                     config::Diagnostics& diagnostics) {
  std::vector<const config::ProgramSet*> sets;
  std::vector<const config::Located<std::string>*> missing;
  for (const config::ProgramSet& set : group.sets) {
    if (const auto* name = missing_of(set, object)) {
      missing.push_back(name);
    } else {
      sets.push_back(&set);
    }
  }
  for (const auto* name : missing) {
    const std::string message = unknown(name->value, object);
    if (sets.empty()) {
      diagnostics.error(name->at, message);
    } else {
      diagnostics.warning(name->at, message + ": this set of 'one_of' is passed over");
    }
  }
  return sets;
}

}  // namespace

Alternatives::Alternatives(const config::Config& config, const ObjectFacts& object,
                           config::Diagnostics& diagnostics) {
  for (std::size_t group = 0; group < config.alternatives.size(); ++group) {
    const auto sets = existing_sets(config.alternatives[group], object, diagnostics);
    for (std::size_t set = 0; set < sets.size(); ++set) {
      for (const config::Located<std::string>& name : sets[set]->programs) {
        kernel::Alternative& place = places_[name.value];
        place.group = group;
        place.sets.push_back(set);
      }
    }
  }
}

std::optional<kernel::Alternative> Alternatives::of(const std::string& program) const {
  const auto found = places_.find(program);
  if (found == places_.end()) return std::nullopt;
  return found->second;
}

}  // namespace bpfmap::decode
