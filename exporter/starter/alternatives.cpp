// SPDX-License-Identifier: Apache-2.0
#include "starter/alternatives.h"

#include <map>
#include <optional>
#include <utility>

#include "kernel/hook.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

using kernel::HookKind;
using kernel::ProgramInfo;

// The programs of one place, by how they get there.
using Ways = std::map<HookKind, std::string>;

// Which kinds of programs a place has, and those of all such places: an object that attaches to
// several places by two kinds means all of one or all of the other.
using Kinds = std::vector<HookKind>;
using Groups = std::map<Kinds, std::map<HookKind, std::vector<std::string>>>;

// Places in the order in which the object has them. Two programs of one kind at a place are no
// alternatives: nothing says which of them would be.
std::vector<Ways> ways_to_places(std::span<const ProgramInfo> programs) {
  std::map<std::string, std::size_t> places;
  std::vector<Ways> all;
  std::set<std::size_t> ambiguous;
  for (const ProgramInfo& program : programs) {
    const bool attaches = program.autoload && program.section_attaches;
    const auto hook = attaches ? kernel::hook_of(program.section) : std::nullopt;
    if (!hook || hook->kind == HookKind::kOther) continue;
    const auto [place, is_new] = places.emplace(hook->place, all.size());
    if (is_new) all.emplace_back();
    if (!all[place->second].emplace(hook->kind, program.name).second) {
      ambiguous.insert(place->second);
    }
  }
  std::vector<Ways> ways;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].size() > 1 && !ambiguous.contains(i)) ways.push_back(all[i]);
  }
  return ways;
}

std::string set_yaml(const std::vector<std::string>& programs) {
  std::string text;
  for (const std::string& name : programs) text += (text.empty() ? "" : ", ") + scalar(name);
  return "[" + text + "]";
}

std::string group_yaml(const AlternativeSets& sets) {
  std::string text;
  for (const auto& set : sets) text += (text.empty() ? "" : ", ") + set_yaml(set);
  return "[" + text + "]";
}

}  // namespace

std::vector<AlternativeSets> find_alternatives(std::span<const ProgramInfo> programs) {
  Groups groups;
  for (const Ways& ways : ways_to_places(programs)) {
    Kinds kinds;
    for (const auto& [kind, name] : ways) kinds.push_back(kind);
    for (const auto& [kind, name] : ways) groups[kinds][kind].push_back(name);
  }
  std::vector<AlternativeSets> found;
  for (const auto& [kinds, sets] : groups) {
    AlternativeSets group;
    for (const auto& [kind, names] : sets) group.push_back(names);
    found.push_back(std::move(group));
  }
  return found;
}

std::string alternatives_yaml(const std::vector<AlternativeSets>& groups) {
  if (groups.empty()) return {};
  std::string text = comment(
      "Programs that are at the same places by different means. The first set that loads and "
      "attaches is used: all of them would count everything more than once.",
      "  ");
  if (groups.size() == 1) return text + "  one_of: " + group_yaml(groups.front()) + "\n";
  text += "  one_of:\n";
  for (const AlternativeSets& group : groups) text += "    - " + group_yaml(group) + "\n";
  return text;
}

std::set<std::string> names_in(const std::vector<AlternativeSets>& groups) {
  std::set<std::string> names;
  for (const AlternativeSets& group : groups) {
    for (const auto& set : group) names.insert(set.begin(), set.end());
  }
  return names;
}

}  // namespace bpfmap::starter
