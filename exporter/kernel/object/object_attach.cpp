// SPDX-License-Identifier: Apache-2.0
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "base/log.h"
#include "kernel/attach/attachment.h"
#include "kernel/object.h"
#include "kernel/object/object_state.h"

namespace bpfmap::kernel {
namespace {

void warn_about(const ObjectState& state, const ProgramState& program, const std::string& reason) {
  log::warning(program.attachments.empty() ? "an optional program is not attached"
                                           : "an optional program is not attached everywhere",
               {{"program", program.status.name}, {"object", state.name}, {"reason", reason}});
}

void tell_unmatched(const ObjectState& state, const ProgramState& program) {
  for (const std::string& pattern : program.unmatched) {
    log::warning("nothing matches a pattern yet: a program is attached once something does",
                 {{"program", program.status.name}, {"object", state.name}, {"pattern", pattern}});
  }
}

Error attach_object_error(const ObjectState& state, std::string detail) {
  return Error{.kind = ErrorKind::kConfiguration,
               .operation = "attach object",
               .subject = state.name,
               .detail = std::move(detail)};
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
                            const Attachment& attachment) {
  if (state.pins == nullptr) return {};
  if (attachment.is_filter()) {
    Error error = bad_target(program, "a tc filter cannot be pinned");
    error.hint = "leave 'priority' out, which makes it a tcx link (Linux 6.6 and later), or 'pin'";
    return unexpected(std::move(error));
  }
  if (attachment.link_fd() >= 0) return {};
  log::warning("an attachment cannot be pinned: it counts only while an exporter runs",
               {{"program", program.name}, {"object", state.name}});
  return {};
}

// A place that takes one program is not for two of the same object, though each could have it.
Result<void> check_alone(const ObjectState& state, const LoadedProgram& program,
                         const AttachmentPtr& attachment) {
  for (const ProgramState& other : state.states) {
    if (other.status.name == program.name) continue;
    const auto& theirs = other.attachments.all();
    if (std::find(theirs.begin(), theirs.end(), attachment) == theirs.end()) continue;
    return unexpected(bad_target(program, "program '" + other.status.name + "' is attached at '" +
                                              attachment->place() + "' already, which takes one"));
  }
  return {};
}

Result<void> check_new(const ObjectState& state, const LoadedProgram& program,
                       const AttachmentPtr& attachment) {
  if (auto good = check_pinnable(state, program, *attachment); !good) return good;
  return check_alone(state, program, attachment);
}

// An optional program goes on without the places that it does not have, a required one does not.
Result<void> attach_wanted(ObjectState& state, std::size_t index, const ProgramRequest* request) {
  ProgramState& program = state.states[index];
  program.entry = entry_for(state, program);
  program.targets = targets_for(state.programs[index], request);
  const LoadedProgram loaded = loaded_program(state, index);
  Placement placement = place_and_check(state, program, loaded, {});
  if (!placement.failures.empty() && is_required(request)) {
    return unexpected(std::move(placement.failures.front()));
  }
  for (AttachmentPtr& one : placement.attachments) program.attachments.add(std::move(one));
  program.unmatched = std::move(placement.unmatched);
  program.status.attached = true;
  plan_swaps(state, program);
  for (const Error& failure : placement.failures) {
    program.failures.push_back(failure.message());
    warn_about(state, program, program.failures.back());
  }
  tell_unmatched(state, program);
  return {};
}

Result<void> attach_one(ObjectState& state, std::size_t index, const ProgramRequest* request) {
  ProgramState& program = state.states[index];
  program.status.problem = why_not_attachable(state.programs[index], request);
  if (program.status.problem.empty()) return attach_wanted(state, index, request);
  warn_about(state, program, program.status.problem);
  return {};
}

// Why a program of a set of alternatives does not work; empty where it does.
std::string attach_alternative(ObjectState& state, std::size_t index,
                               const ProgramRequest* request) {
  std::string problem = why_not_attachable(state.programs[index], request);
  if (!problem.empty()) return problem;
  if (auto attached = attach_wanted(state, index, request); !attached) {
    return attached.error().message();
  }
  const ProgramState& program = state.states[index];
  const bool is_nowhere = program.attachments.empty() && !program.failures.empty();
  return is_nowhere ? program.failures.front() : std::string();
}

Result<void> attach_all(ObjectState& state, std::span<const ProgramRequest> requests) {
  for (std::size_t i = 0; i < state.states.size(); ++i) {
    const ProgramRequest* request = find_request(requests, state.programs[i].name);
    if (!state.states[i].status.loaded || !is_wanted(state.states[i], request)) continue;
    if (group_of(state.alternatives, i) != nullptr) continue;
    if (auto attached = attach_one(state, i, request); !attached) return attached;
  }
  const auto attach = [&](std::size_t index) {
    return attach_alternative(state, index, find_request(requests, state.programs[index].name));
  };
  for (AlternativeGroup& group : state.alternatives) {
    if (auto done = attach_alternatives(state, group, attach); !done) return done;
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

LoadedProgram loaded_program(ObjectState& state, std::size_t index) {
  const ProgramInfo& info = state.programs[index];
  const ProgramState& program = state.states[index];
  return {program.handle, state.subject(info), info.section,  info.type,
          info.name,      program.entry,       &state.before, &state.functions};
}

Placement place_and_check(const ObjectState& state, const ProgramState& program,
                          const LoadedProgram& loaded, std::span<const AttachmentPtr> now) {
  const StandIn stand_in(loaded);
  Placement placement = place_program(loaded, program.targets, now);
  std::vector<AttachmentPtr> good;
  for (AttachmentPtr& one : placement.attachments) {
    const bool is_known = std::find(now.begin(), now.end(), one) != now.end();
    auto checked = is_known ? Result<void>() : check_new(state, loaded, one);
    if (!checked) {
      placement.failures.push_back(std::move(checked.error()));
      continue;
    }
    if (loaded.entry != nullptr && one->entry() == nullptr) one->set_entry(loaded.entry);
    good.push_back(std::move(one));
  }
  placement.attachments = std::move(good);
  return placement;
}

Result<void> Object::attach(std::span<const ProgramRequest> requests, const Object* before) {
  ObjectState& state = *state_;
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
