// SPDX-License-Identifier: Apache-2.0
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

Result<void> attach_one(ObjectState& state, std::size_t index, const ProgramRequest* request) {
  ProgramState& program = state.states[index];
  const ProgramInfo& info = state.programs[index];
  program.status.problem = why_not_attachable(info, request);
  if (program.status.problem.empty()) {
    const LoadedProgram loaded{program.handle, state.subject(info), info.section, info.type};
    Result<Attachments> attachments = attach_program(loaded, request);
    if (attachments) {
      program.attachments = std::move(*attachments);
      program.status.attached = true;
      return {};
    }
    if (is_required(request)) return unexpected(std::move(attachments.error()));
    program.status.problem = attachments.error().message();
  }
  warn_about(state, program.status);
  return {};
}

}  // namespace

Result<void> Object::attach(std::span<const ProgramRequest> requests) {
  State& state = *state_;
  if (!state.loaded) return unexpected(attach_object_error(state, "it is not loaded"));
  for (const ProgramState& program : state.states) {
    if (program.status.attached) {
      return unexpected(attach_object_error(state, "it is attached already"));
    }
  }
  if (auto checked = check(requests); !checked) return checked;
  for (std::size_t i = 0; i < state.states.size(); ++i) {
    const ProgramRequest* request = find_request(requests, state.programs[i].name);
    if (!state.states[i].status.loaded || !is_wanted(state.states[i], request)) continue;
    if (auto attached = attach_one(state, i, request); !attached) {
      state.detach();
      return attached;
    }
  }
  return {};
}

}  // namespace bpfmap::kernel
