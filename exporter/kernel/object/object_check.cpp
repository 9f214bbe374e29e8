// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "base/suggest.h"
#include "kernel/object.h"
#include "kernel/object/object_state.h"
#include "kernel/section.h"

// Whether requests make sense for an object, without asking the kernel.
namespace bpfmap::kernel {
namespace {

Error request_error(const std::string& operation, std::string subject, std::string detail) {
  return Error{.kind = ErrorKind::kConfiguration,
               .operation = operation,
               .subject = std::move(subject),
               .detail = std::move(detail)};
}

const ProgramInfo* find_program(const ObjectState& state, std::string_view name) {
  for (const ProgramInfo& program : state.programs) {
    if (program.name == name) return &program;
  }
  return nullptr;
}

Error unknown_program(const ObjectState& state, const std::string& name) {
  std::vector<std::string> names;
  for (const ProgramInfo& program : state.programs) names.push_back(program.name);
  return request_error("find program", "'" + name + "' in " + state.name,
                       "there is no such program" + suggestion(name, names));
}

Result<void> check_target(const ObjectState& state, const ProgramInfo& program,
                          const model::AttachTarget& target, const std::string& type) {
  std::string why = why_target_does_not_fit(target, type);
  if (why.empty()) return {};
  Error error = request_error("attach program", state.subject(program), std::move(why));
  if (program.section_attaches) {
    error.hint = "leave `attach` out: its section says where it is attached";
  } else if (const std::string how = how_to_attach(program.type, program.section); !how.empty()) {
    error.hint = how;
  }
  return unexpected(std::move(error));
}

Result<void> check_all_targets(const ObjectState& state, const ProgramInfo& program,
                               const ProgramRequest& request) {
  TypeOfTargets type(program.type);
  for (const model::AttachTarget& target : request.targets) {
    if (auto checked = check_target(state, program, target, type.name()); !checked) return checked;
    if (type.take(target)) continue;
    return unexpected(request_error("attach program", state.subject(program), kSeveralTypes));
  }
  return {};
}

}  // namespace

const ProgramRequest* find_request(std::span<const ProgramRequest> requests,
                                   std::string_view name) {
  for (const ProgramRequest& request : requests) {
    if (request.name == name) return &request;
  }
  return nullptr;
}

bool is_wanted(const ProgramState& program, const ProgramRequest* request) {
  return request == nullptr ? program.autoload : request->load;
}

bool is_required(const ProgramRequest* request) { return request == nullptr || request->required; }

std::string why_not_attachable(const ProgramInfo& program, const ProgramRequest* request) {
  if (program.section_attaches || (request != nullptr && !request->targets.empty())) return {};
  return "its section does not say where it is attached";
}

std::vector<model::AttachTarget> targets_for(const ProgramInfo& program,
                                             const ProgramRequest* request) {
  if (request != nullptr && !request->targets.empty()) return request->targets;
  auto target = target_in_section(program.section);
  if (!target) return {};
  return {*std::move(target)};
}

Result<void> check_targets(const ObjectState& state, std::span<const ProgramRequest> requests) {
  for (const ProgramRequest& request : requests) {
    const ProgramInfo* program = find_program(state, request.name);
    if (program == nullptr) return unexpected(unknown_program(state, request.name));
    if (auto checked = check_all_targets(state, *program, request); !checked) return checked;
  }
  return {};
}

Result<void> check_attachable(const ObjectState& state, std::span<const ProgramRequest> requests) {
  for (std::size_t i = 0; i < state.programs.size(); ++i) {
    const ProgramInfo& program = state.programs[i];
    const ProgramRequest* request = find_request(requests, program.name);
    if (!is_wanted(state.states[i], request) || !is_required(request)) continue;
    std::string why = why_not_attachable(program, request);
    if (why.empty()) continue;
    Error error = request_error("attach program", state.subject(program), std::move(why));
    const std::string how = how_to_attach(program.type, program.section);
    error.hint = program.type == kUntyped ? kHowToType
                 : how.empty()            ? "no target fits a program of type " + program.type +
                                     ": give it a section that says it all, or load: false"
                               : "say so below programs: " + program.name + ": { " + how + " }";
    return unexpected(std::move(error));
  }
  return {};
}

Result<void> Object::check(std::span<const ProgramRequest> requests) const {
  if (auto checked = check_targets(*state_, requests); !checked) return checked;
  return check_attachable(*state_, requests);
}

}  // namespace bpfmap::kernel
