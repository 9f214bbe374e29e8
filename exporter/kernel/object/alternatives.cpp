// SPDX-License-Identifier: Apache-2.0
#include "kernel/object/alternatives.h"

#include <algorithm>
#include <utility>

namespace bpfmap::kernel {
namespace {

template <typename T>
void make_room(std::vector<T>& list, std::size_t index) {
  if (list.size() <= index) list.resize(index + 1);
}

void add(std::vector<AlternativeGroup>& groups, std::size_t program,
         const ProgramRequest& request) {
  make_room(groups, request.alternative->group);
  auto& sets = groups[request.alternative->group].sets;
  for (const std::size_t set : request.alternative->sets) {
    make_room(sets, set);
    sets[set].programs.push_back({program, request.name, request.required, {}});
  }
}

// Under the line that they are listed below.
std::string indented(std::string_view text) {
  std::string lines;
  for (const char c : text) {
    lines += c;
    if (c == '\n') lines += "    ";
  }
  return lines;
}

}  // namespace

std::string AlternativeSet::name() const {
  std::string text;
  for (const AlternativeProgram& program : programs) {
    text += (text.empty() ? "" : ", ") + program.name;
  }
  return text;
}

bool AlternativeSet::has(std::size_t program) const {
  return std::any_of(programs.begin(), programs.end(),
                     [&](const AlternativeProgram& one) { return one.index == program; });
}

bool AlternativeSet::works() const {
  const auto fails = [](const AlternativeProgram& one) { return !one.problem.empty(); };
  return std::none_of(programs.begin(), programs.end(),
                      [&](const auto& one) { return one.required && fails(one); }) &&
         !std::all_of(programs.begin(), programs.end(), fails);
}

std::string AlternativeSet::problem() const {
  std::string text;
  for (const AlternativeProgram& one : programs) {
    if (one.problem.empty() || text.find(one.problem) != std::string::npos) continue;
    text += (text.empty() ? "" : "\n") + one.problem;
  }
  return text;
}

bool AlternativeGroup::required() const {
  return std::any_of(sets.begin(), sets.end(), [](const AlternativeSet& set) {
    return std::any_of(set.programs.begin(), set.programs.end(),
                       [](const AlternativeProgram& one) { return one.required; });
  });
}

bool AlternativeGroup::has(std::size_t program) const {
  return std::any_of(sets.begin(), sets.end(),
                     [&](const AlternativeSet& set) { return set.has(program); });
}

bool AlternativeGroup::needs(std::size_t program) const {
  return std::any_of(sets.begin(), sets.end(),
                     [&](const AlternativeSet& set) { return set.works() && set.has(program); });
}

bool AlternativeGroup::has_working_set() const {
  return std::any_of(sets.begin(), sets.end(),
                     [](const AlternativeSet& set) { return set.works(); });
}

void AlternativeGroup::refuse(std::size_t program, const std::string& problem) {
  for (AlternativeSet& set : sets) {
    for (AlternativeProgram& one : set.programs) {
      if (one.index == program && one.problem.empty()) one.problem = problem;
    }
  }
}

std::vector<AlternativeGroup> alternatives_of(std::span<const ProgramInfo> programs,
                                              std::span<const ProgramRequest> requests) {
  std::vector<AlternativeGroup> groups;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    for (const ProgramRequest& request : requests) {
      if (request.name == programs[i].name && request.alternative) add(groups, i, request);
    }
  }
  return groups;
}

AlternativeGroup* group_of(std::span<AlternativeGroup> groups, std::size_t program) {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const AlternativeGroup& group) {
    return group.has(program);
  });
  return found == groups.end() ? nullptr : &*found;
}

Error none_works(const AlternativeGroup& group, const std::string& object) {
  Error error{
      .kind = ErrorKind::kSystem, .operation = "use one of the alternatives of", .subject = object};
  error.detail = "none of them works here";
  for (const AlternativeSet& set : group.sets) {
    error.detail += "\n  [" + set.name() + "]: " + indented(set.problem());
  }
  return error;
}

}  // namespace bpfmap::kernel
