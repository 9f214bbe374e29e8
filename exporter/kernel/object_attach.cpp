// SPDX-License-Identifier: Apache-2.0
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "base/log.h"
#include "kernel/attach.h"
#include "kernel/object_state.h"
#include "kernel/section.h"

namespace bpfmap::kernel {
namespace {

Result<Attachments> attach_program(const LoadedProgram& program, const ProgramRequest* request) {
  if (request == nullptr || request->targets.empty()) {
    const auto target = target_in_section(program.section);
    return target ? attach_to(program, *target) : attach_by_section(program);
  }
  Attachments all;
  for (const AttachTarget& target : request->targets) {
    Result<Attachments> attachments = attach_to(program, target);
    if (!attachments) return attachments;
    all.append(std::move(*attachments));
  }
  return all;
}

void warn_about(const ObjectState& state, const ProgramStatus& status) {
  log::warning("an optional program is not attached",
               {{"program", status.name}, {"object", state.name}, {"reason", status.problem}});
}

Error attach_object_error(const ObjectState& state, std::string detail) {
  return Error{ErrorKind::kConfiguration, "attach object", state.name, 0, std::move(detail), {}};
}

// While it lives, what libbpf attaches as the program is its entry: libbpf takes the program's
// descriptor, and has no way to give it another.
class StandIn {
 public:
  explicit StandIn(const LoadedProgram& program)
      : fd_(bpf_program__fd(program.handle)),
        program_(program.entry == nullptr ? -1 : fcntl(fd_, F_DUPFD_CLOEXEC, 0)) {
    if (program_) dup3(program.entry->program_fd(), fd_, O_CLOEXEC);
  }
  ~StandIn() {
    if (program_) dup3(program_.get(), fd_, O_CLOEXEC);
  }
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;

 private:
  int fd_;
  UniqueFd program_;
};

const ProgramBefore* program_before(const ObjectState& state, const std::string& name) {
  const auto found = std::find_if(state.before.begin(), state.before.end(),
                                  [&](const ProgramBefore& one) { return one.name == name; });
  return found == state.before.end() ? nullptr : &*found;
}

// What is to be attached in the stead of a pinned program; null where the program itself is.
EntryPtr entry_for(const ObjectState& state, const ProgramState& program) {
  if (state.pins == nullptr) return nullptr;
  const ProgramBefore* before = program_before(state, program.status.name);
  if (before != nullptr && before->entry != nullptr &&
      before->entry->signature() == entry_signature(program.handle)) {
    return before->entry;
  }
  auto created = EntryProgram::create(program.handle);
  if (created) return *std::move(created);
  log::debug("a program has no entry",
             {{"program", program.status.name}, {"reason", created.error().message()}});
  return nullptr;
}

UniqueFd copy_of(int fd) { return UniqueFd(fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

// Of what is attached already and shared with the object before.
void plan_swaps(ObjectState& state, ProgramState& program) {
  const std::string& name = program.status.name;
  const int fd = bpf_program__fd(program.handle);
  for (const ProgramBefore& before : state.before) {
    if (program.entry != nullptr && before.entry == program.entry) {
      UniqueFd old = before.program ? copy_of(before.program.get()) : before.entry->target();
      state.swaps.push_back({name, before.entry, nullptr, copy_of(fd), std::move(old)});
    }
    for (const AttachmentPtr& link : before.attachments) {
      const auto& ours = program.attachments.all();
      if (link->entry() != nullptr || std::find(ours.begin(), ours.end(), link) == ours.end()) {
        continue;
      }
      state.swaps.push_back({name, nullptr, link, copy_of(fd), copy_of(before.program.get())});
    }
  }
}

// What a pinned object cannot have: a filter in clsact outlives a process that is killed, unknown
// to the one that follows, and both would count into the same maps.
Result<void> check_pinnable(const ObjectState& state, const LoadedProgram& program,
                            const Attachments& attachments) {
  if (state.pins == nullptr) return {};
  for (const AttachmentPtr& one : attachments.all()) {
    if (one->is_filter()) {
      Error error = bad_target(program, "a tc filter cannot be pinned");
      error.hint =
          "leave 'priority' out, which makes it a tcx link (Linux 6.6 and later), or 'pin'";
      return unexpected(std::move(error));
    }
    if (one->link_fd() >= 0) continue;
    log::warning("an attachment cannot be pinned: it counts only while an exporter runs",
                 {{"program", program.name}, {"object", state.name}});
  }
  return {};
}

// A place that takes one program is not for two of the same object, though each could have it.
Result<void> check_alone(const ObjectState& state, const LoadedProgram& program,
                         const Attachments& attachments) {
  for (const ProgramState& other : state.states) {
    const auto& theirs = other.attachments.all();
    for (const AttachmentPtr& one : attachments.all()) {
      if (std::find(theirs.begin(), theirs.end(), one) == theirs.end()) continue;
      return unexpected(bad_target(program, "program '" + other.status.name + "' is attached at '" +
                                                one->place() + "' already, which takes one"));
    }
  }
  return {};
}

Result<Attachments> attach_and_check(const ObjectState& state, const LoadedProgram& program,
                                     const ProgramRequest* request) {
  const StandIn stand_in(program);
  Result<Attachments> attachments = attach_program(program, request);
  if (!attachments) return attachments;
  for (const AttachmentPtr& one : attachments->all()) {
    if (program.entry != nullptr && one->entry() == nullptr) one->set_entry(program.entry);
  }
  auto good = check_pinnable(state, program, *attachments);
  if (good) good = check_alone(state, program, *attachments);
  if (!good) return unexpected(good.error());
  return attachments;
}

Result<void> attach_wanted(ObjectState& state, std::size_t index, const ProgramRequest* request) {
  ProgramState& program = state.states[index];
  const ProgramInfo& info = state.programs[index];
  program.entry = entry_for(state, program);
  const LoadedProgram loaded{program.handle, state.subject(info), info.section, info.type,
                             info.name,      program.entry,       &state.before};
  Result<Attachments> attachments = attach_and_check(state, loaded, request);
  if (!attachments) return unexpected(std::move(attachments.error()));
  program.attachments = std::move(*attachments);
  program.status.attached = true;
  plan_swaps(state, program);
  return {};
}

Result<void> attach_one(ObjectState& state, std::size_t index, const ProgramRequest* request) {
  ProgramStatus& status = state.states[index].status;
  status.problem = why_not_attachable(state.programs[index], request);
  if (status.problem.empty()) {
    auto attached = attach_wanted(state, index, request);
    if (attached || is_required(request)) return attached;
    status.problem = attached.error().message();
  }
  warn_about(state, status);
  return {};
}

Result<void> attach_all(ObjectState& state, std::span<const ProgramRequest> requests) {
  for (std::size_t i = 0; i < state.states.size(); ++i) {
    const ProgramRequest* request = find_request(requests, state.programs[i].name);
    if (!state.states[i].status.loaded || !is_wanted(state.states[i], request)) continue;
    if (group_of(state.alternatives, i) != nullptr) continue;
    if (auto attached = attach_one(state, i, request); !attached) return attached;
  }
  const auto attach_alternative = [&](std::size_t index) {
    const ProgramRequest* request = find_request(requests, state.programs[index].name);
    std::string problem = why_not_attachable(state.programs[index], request);
    if (!problem.empty()) return problem;
    const auto attached = attach_wanted(state, index, request);
    return attached ? std::string() : attached.error().message();
  };
  for (AlternativeGroup& group : state.alternatives) {
    if (auto done = attach_alternatives(state, group, attach_alternative); !done) return done;
  }
  return {};
}

// What runs at the places of an object now.
std::vector<ProgramBefore> programs_of(const ObjectState& state) {
  std::vector<ProgramBefore> programs;
  for (const ProgramState& program : state.states) {
    if (program.attachments.empty()) continue;
    programs.push_back({program.status.name, program.entry,
                        copy_of(bpf_program__fd(program.handle)), program.attachments.all()});
  }
  return programs;
}

}  // namespace

Result<void> Object::attach(std::span<const ProgramRequest> requests, const Object* before) {
  State& state = *state_;
  if (!state.loaded) return unexpected(attach_object_error(state, "it is not loaded"));
  for (const ProgramState& program : state.states) {
    if (program.status.attached) {
      return unexpected(attach_object_error(state, "it is attached already"));
    }
  }
  if (auto checked = check(requests); !checked) return checked;
  const bool same_pins = before != nullptr && before->pins() == state.pins;
  if (before != nullptr) state.before = programs_of(*before->state_);
  if (!same_pins) {
    for (ProgramBefore& left : state.left.programs) state.before.push_back(std::move(left));
  }
  state.left.programs.clear();
  if (auto attached = attach_all(state, requests); !attached) {
    state.detach();
    return attached;
  }
  leave_other_alternatives(state);
  return {};
}

}  // namespace bpfmap::kernel
