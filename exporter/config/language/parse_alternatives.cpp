// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <unordered_map>

#include "config/language/parts.h"

// `one_of` below `programs`: [[a, b], [c]], or a list of such groups.
namespace bpfmap::config {
namespace {

// Where a program stands first, and in which group.
struct FirstPlace {
  Position at;
  std::size_t group = 0;
};
using Places = std::unordered_map<std::string, FirstPlace>;

bool has_list_in(const Tree& list) {
  return std::any_of(list.items.begin(), list.items.end(),
                     [](const Tree& item) { return item.is_sequence(); });
}

// Sets are lists of names, so a list of lists of lists is one of groups.
bool is_list_of_groups(const Tree& tree) {
  return std::any_of(tree.items.begin(), tree.items.end(),
                     [](const Tree& item) { return item.is_sequence() && has_list_in(item); });
}

void report_twice(const Located<std::string>& name, const Field& set) {
  set.diagnostics().error(name.at, "program " + in_quotes(name.value) + " stands twice in the set");
}

// A set is one name or a list of names, each once.
std::optional<ProgramSet> parse_set(const Field& field) {
  const Tree& tree = field.tree();
  if (!tree.is_scalar() && !tree.is_sequence()) {
    field.expected("the name of a program or a list of names");
    return std::nullopt;
  }
  auto names = field.texts();
  if (!names) return std::nullopt;
  for (std::size_t i = 0; i < names->size(); ++i) {
    const auto same = [&](const Located<std::string>& one) {
      return one.value == (*names)[i].value;
    };
    if (std::any_of(names->begin(), names->begin() + static_cast<std::ptrdiff_t>(i), same)) {
      report_twice((*names)[i], field);
    }
  }
  return ProgramSet{field.at(), *std::move(names)};
}

std::optional<AlternativesConfig> parse_group(const Field& field) {
  if (!field.tree().is_sequence()) {
    field.expected("a list of sets, such as [[count_btf], [count_raw]]");
    return std::nullopt;
  }
  if (field.tree().items.size() < 2) {
    field.error("needs two sets of programs or more, of which the first that works is used");
    return std::nullopt;
  }
  AlternativesConfig group{field.at(), {}};
  for (const Tree& item : field.tree().items) {
    auto set = parse_set(Field(item, "a set of " + field.name(), field.diagnostics()));
    if (set) group.sets.push_back(*std::move(set));
  }
  return group;
}

// A program that one group wants and another does not would be wanted and not.
void check_groups(const std::vector<AlternativesConfig>& groups, Diagnostics& diagnostics) {
  Places places;
  for (std::size_t group = 0; group < groups.size(); ++group) {
    for (const ProgramSet& set : groups[group].sets) {
      for (const Located<std::string>& name : set.programs) {
        const auto [first, is_new] = places.emplace(name.value, FirstPlace{name.at, group});
        if (is_new || first->second.group == group) continue;
        diagnostics.error(name.at, "program " + in_quotes(name.value) +
                                       " is in two groups of 'one_of', first at line " +
                                       std::to_string(first->second.at.line));
      }
    }
  }
}

}  // namespace

std::vector<AlternativesConfig> parse_alternatives(const Field& field) {
  std::vector<AlternativesConfig> groups;
  if (!is_list_of_groups(field.tree())) {
    if (auto group = parse_group(field)) groups.push_back(*std::move(group));
    return groups;
  }
  for (const Tree& item : field.tree().items) {
    auto group = parse_group(Field(item, "a group of one_of", field.diagnostics()));
    if (group) groups.push_back(*std::move(group));
  }
  check_groups(groups, field.diagnostics());
  return groups;
}

}  // namespace bpfmap::config
