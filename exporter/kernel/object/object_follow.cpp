// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/log.h"
#include "kernel/attach/binary_file.h"
#include "kernel/attach/cgroup_paths.h"
#include "kernel/libbpf/log.h"
#include "kernel/libbpf/system_state.h"
#include "kernel/object.h"
#include "kernel/object/object_state.h"

// Attached programs follow what they are attached to.
namespace bpfmap::kernel {
namespace {

// What tells that places of a target come and go.
FollowedPlaces signs_of(const model::XdpTarget& /*target*/) { return {{.interfaces = true}, {}}; }
FollowedPlaces signs_of(const model::TcTarget& /*target*/) { return {{.interfaces = true}, {}}; }
FollowedPlaces signs_of(const model::CgroupTarget& target) {
  return {{.paths = true}, folders_to_watch(target.path)};
}
FollowedPlaces signs_of(const model::PerfEventTarget& /*target*/) { return {{.cpus = true}, {}}; }
FollowedPlaces signs_of(const model::UprobeTarget& target) {
  return {{.paths = true}, {path_of_binary(target.binary)}};
}
FollowedPlaces signs_of(const model::UsdtTarget& target) {
  return {{.paths = true}, {path_of_binary(target.binary)}};
}

FollowedPlaces signs_of(const model::NetnsTarget& target) {
  if (target.path.empty()) return {};
  return {{.paths = true}, {target.path}};
}

FollowedPlaces signs_of(const model::AttachTarget& target) {
  return std::visit([](const auto& of_kind) { return signs_of(of_kind); }, target);
}

PlaceKinds kinds_of(const ProgramState& program) {
  PlaceKinds kinds;
  for (const model::AttachTarget& target : program.targets) kinds.add(signs_of(target).kinds);
  return kinds;
}

// Whether the kernel keeps attaching to such targets from those without CAP_SYS_ADMIN.
bool want_admin(std::span<const model::AttachTarget> targets) {
  constexpr int kStrictest = 2;  // of the kernel itself; Debian and others know more
  const bool events = read_system_state().perf_event_paranoid.value_or(0) > kStrictest;
  const bool probes = !take_uprobe_multi(targets);
  return std::any_of(targets.begin(), targets.end(), [&](const model::AttachTarget& target) {
    if (std::holds_alternative<model::PerfEventTarget>(target)) return events;
    const bool is_probe = std::holds_alternative<model::UprobeTarget>(target) ||
                          std::holds_alternative<model::UsdtTarget>(target);
    return is_probe && probes;
  });
}

class Following {
 public:
  Following(ObjectState& state, std::size_t index)
      : state_(state), index_(index), program_(state.states[index]) {}

  // Whether anything is attached that was not, or the other way round.
  bool run() {
    const bool lost = drop_lost();
    const LoadedProgram loaded = loaded_program(state_, index_);
    Placement placement = place_and_check(state_, program_, loaded, program_.attachments.all());
    const bool changed = tell_changes(placement.attachments);
    std::vector<std::string> failures;
    for (const Error& failure : placement.failures) failures.push_back(failure.message());
    tell_failures(failures);
    put(std::move(placement.attachments), std::move(failures), std::move(placement.unmatched));
    return lost || changed;
  }

 private:
  // First, so that a new attachment at the same place is not taken for the lost one.
  bool drop_lost() {
    std::vector<AttachmentPtr> living;
    for (const AttachmentPtr& one : program_.attachments.all()) {
      one->look();
      if (!one->is_lost()) living.push_back(one);
    }
    if (!tell("a program is detached from a place that is gone", program_.attachments.all(),
              living)) {
      return false;
    }
    put(std::move(living), program_.failures, program_.unmatched);
    return true;
  }

  bool tell_changes(const std::vector<AttachmentPtr>& next) const {
    const auto& now = program_.attachments.all();
    const bool left = tell("a program is detached from a place that is gone", now, next);
    const bool came = tell("a program is attached to a place that has come", next, now);
    return left || came;
  }

  // About those that only the first have; a line for all of one name, as functions of
  // a pattern are.
  bool tell(const char* what, const std::vector<AttachmentPtr>& those,
            const std::vector<AttachmentPtr>& others) const {
    std::map<std::string, std::size_t> places;
    for (const AttachmentPtr& one : those) {
      if (std::find(others.begin(), others.end(), one) == others.end()) ++places[one->where()];
    }
    for (const auto& [place, count] : places) {
      log::info(what, {{"program", program_.status.name},
                       {"object", state_.name},
                       {"place", place},
                       {"links", count}});
    }
    return !places.empty();
  }

  // Each once, as long as it stays.
  void tell_failures(const std::vector<std::string>& failures) const {
    for (const std::string& failure : failures) {
      const auto& known = program_.failures;
      if (std::find(known.begin(), known.end(), failure) != known.end()) continue;
      log::warning(
          "a program is not attached to a place that wants it; it is tried again",
          {{"program", program_.status.name}, {"object", state_.name}, {"reason", failure}});
    }
  }

  // What is no longer attached goes when the lock is free again.
  void put(std::vector<AttachmentPtr> attachments, std::vector<std::string> failures,
           std::vector<std::string> unmatched) {
    const LibbpfLog log;
    Attachments next;
    for (AttachmentPtr& one : attachments) next.add(std::move(one));
    for (const AttachmentPtr& one : program_.attachments.all()) {
      const auto& staying = next.all();
      if (std::find(staying.begin(), staying.end(), one) == staying.end()) one->let_go();
    }
    const MutexLock lock(state_.mutex);
    std::swap(program_.attachments, next);
    program_.failures = std::move(failures);
    program_.unmatched = std::move(unmatched);
  }

  ObjectState& state_;
  const std::size_t index_;
  ProgramState& program_;
};

void bring_pins_up_to_date(ObjectState& state) {
  const bool was_behind = state.pins_are_behind;
  auto pinned = pin_again(state);
  state.pins_are_behind = !pinned;
  if (pinned || was_behind) return;
  log::warning("what is attached now could not be pinned; it is tried again",
               {{"object", state.name}, {"reason", pinned.error().message()}});
}

}  // namespace

Object::LaterAttaching Object::later_attaching(std::span<const ProgramRequest> requests) const {
  LaterAttaching later;
  for (std::size_t i = 0; i < state_->programs.size(); ++i) {
    const ProgramInfo& program = state_->programs[i];
    const ProgramRequest* request = find_request(requests, program.name);
    const auto targets = targets_for(program, request);
    if (!is_wanted(state_->states[i], request) || targets.empty()) continue;
    later.any = true;
    later.as_admin = later.as_admin || want_admin(targets);
  }
  return later;
}

FollowedPlaces Object::followed() const {
  FollowedPlaces places;
  for (const ProgramState& program : state_->states) {
    if (!program.status.attached) continue;
    places.kinds.add(kinds_of(program));
    for (const model::AttachTarget& target : program.targets) {
      for (std::string& path : signs_of(target).paths) places.paths.push_back(std::move(path));
    }
  }
  return places;
}

PlaceKinds Object::follow(const PlaceKinds& kinds) {
  ObjectState& state = *state_;
  PlaceKinds unsettled;
  bool changed = state.pins_are_behind;
  for (std::size_t i = 0; i < state.states.size(); ++i) {
    const ProgramState& program = state.states[i];
    const PlaceKinds own = kinds_of(program);
    if (!program.status.attached || !own.overlaps(kinds)) continue;
    changed = Following(state, i).run() || changed;
    if (!program.failures.empty()) unsettled.add(own);
  }
  if (changed && state.pins != nullptr && state.committed) bring_pins_up_to_date(state);
  return unsettled;
}

}  // namespace bpfmap::kernel
