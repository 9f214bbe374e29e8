// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "kernel/object/object_state.h"

// Which of several sets of programs an object attaches.
namespace bpfmap::kernel {
namespace {

bool ran_before(const ObjectState& state, const AlternativeProgram& program) {
  return std::any_of(state.before.begin(), state.before.end(), [&](const ProgramBefore& one) {
    return one.name == program.name && !one.attachments.empty();
  });
}

bool ran_before(const ObjectState& state, const AlternativeSet& set) {
  bool some = false;
  for (const AlternativeProgram& program : set.programs) {
    const bool ran = ran_before(state, program);
    if (!ran && program.required) return false;
    some = some || ran;
  }
  return some;
}

// What runs is not exchanged for what might work by now: places and counts stay as they are.
std::vector<AlternativeSet*> in_order(const ObjectState& state, AlternativeGroup& group) {
  std::vector<AlternativeSet*> sets;
  for (AlternativeSet& set : group.sets) sets.push_back(&set);
  std::stable_partition(sets.begin(), sets.end(),
                        [&](const AlternativeSet* set) { return ran_before(state, *set); });
  return sets;
}

// What a program of a set that is not used has got so far.
void take_back(ObjectState& state, const AlternativeSet& set) {
  for (const AlternativeProgram& one : set.programs) {
    ProgramState& program = state.states[one.index];
    program.attachments.clear();
    program.failures.clear();
    program.unmatched.clear();
    program.status.attached = false;
    program.entry = nullptr;
    std::erase_if(state.swaps, [&](const Swap& swap) { return swap.subject == one.name; });
  }
}

// The reason of each refusal once, though a program may be in several sets.
void tell_refusals(const ObjectState& state, const AlternativeGroup& group,
                   const AlternativeSet* chosen) {
  std::set<std::string> told;
  for (const AlternativeSet& set : group.sets) {
    if (&set == chosen) return;
    const std::string problem = set.problem();
    if (problem.empty() || !told.insert(problem).second) continue;
    log::info("a set of programs is not used",
              {{"object", state.name}, {"programs", set.name()}, {"reason", problem}});
  }
}

void tell_choice(const ObjectState& state, const AlternativeGroup& group,
                 const AlternativeSet& chosen) {
  tell_refusals(state, group, &chosen);
  for (const AlternativeProgram& one : chosen.programs) {
    if (one.problem.empty()) continue;
    log::warning("an optional program is left out",
                 {{"program", one.name}, {"object", state.name}, {"reason", one.problem}});
  }
  log::info("one of several sets of programs is used",
            {{"object", state.name}, {"programs", chosen.name()}});
}

// They leave the kernel. What did not work is no problem any more, where another set does.
void leave_others(ObjectState& state, const AlternativeGroup& group) {
  const AlternativeSet* chosen = group.chosen ? &group.sets[*group.chosen] : nullptr;
  for (const AlternativeSet& set : group.sets) {
    for (const AlternativeProgram& one : set.programs) {
      if (chosen != nullptr && chosen->has(one.index)) continue;
      ProgramState& program = state.states[one.index];
      bpf_program__unload(program.handle);
      program.status.loaded = false;
      program.status.id = 0;
      program.status.tag.clear();
      if (chosen == nullptr) continue;
      program.status.problem.clear();
      program.status.instead = "not needed: [" + chosen->name() + "] is used" +
                               (one.problem.empty() ? "" : "; " + one.problem);
    }
  }
}

}  // namespace

bool may_load(const ObjectState& state, std::size_t program, const ProgramRequest* request) {
  if (!is_wanted(state.states[program], request)) return false;
  if (!state.states[program].status.problem.empty()) return false;
  const auto group = std::find_if(state.alternatives.begin(), state.alternatives.end(),
                                  [&](const AlternativeGroup& one) { return one.has(program); });
  return group == state.alternatives.end() || group->needs(program);
}

Result<void> refuse_alternative(ObjectState& state, AlternativeGroup& group, std::size_t program,
                                const std::string& problem) {
  state.states[program].status.problem = problem;
  group.refuse(program, problem);
  if (group.has_working_set() || !group.required()) return {};
  return unexpected(none_works(group, state.name));
}

Result<void> attach_alternatives(ObjectState& state, AlternativeGroup& group,
                                 const AttachProgram& attach) {
  for (AlternativeSet* set : in_order(state, group)) {
    for (std::size_t i = 0; i < set->programs.size() && set->works(); ++i) {
      const AlternativeProgram& one = set->programs[i];
      if (!one.problem.empty()) continue;
      const std::string problem = attach(one.index);
      if (problem.empty()) continue;
      state.states[one.index].status.problem = problem;
      group.refuse(one.index, problem);
    }
    if (set->works()) {
      group.chosen = static_cast<std::size_t>(set - group.sets.data());
      tell_choice(state, group, *set);
      return {};
    }
    take_back(state, *set);
  }
  if (group.required()) return unexpected(none_works(group, state.name));
  tell_refusals(state, group, nullptr);
  log::warning("none of several sets of optional programs works", {{"object", state.name}});
  return {};
}

void leave_other_alternatives(ObjectState& state) {
  for (const AlternativeGroup& group : state.alternatives) leave_others(state, group);
}

}  // namespace bpfmap::kernel
