// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/compile_programs.h"

#include "decode/compile/alternatives.h"
#include "decode/compile/find_by_name.h"
#include "decode/compile/same_place.h"
#include "kernel/perf_event_names.h"
#include "kernel/section.h"

namespace bpfmap::decode {
namespace {

// "program 'count' (SEC("xdp"))"
std::string in_words(const kernel::ProgramInfo& info) {
  return "program '" + info.name + "' (SEC(\"" + info.section + "\"))";
}

const config::ProgramConfig* find_config(const config::Config& config, const std::string& name) {
  for (const config::ProgramConfig& program : config.programs) {
    if (program.name.value == name) return &program;
  }
  return nullptr;
}

void report_unknown(const config::Config& config, const ObjectFacts& object,
                    config::Diagnostics& diagnostics) {
  for (const config::ProgramConfig& program : config.programs) {
    // Which is the report; what it finds is not of interest here.
    find_by_name(object.programs, "program", program.name, object.name, diagnostics);
  }
}

// The event that a target names; all others name what only the host knows.
void check_event(const config::AttachConfig& attach, config::Diagnostics& diagnostics) {
  const auto* event = std::get_if<model::PerfEventTarget>(&attach.target);
  if (event == nullptr) return;
  const auto code = kernel::perf_event_code(event->type, event->event);
  if (!code) diagnostics.error(attach.named_at, code.error().message());
}

// What is wrong with a target for a program of type `type`.
std::string misfit(const model::AttachTarget& target, const kernel::ProgramInfo& info,
                   const std::string& type) {
  const auto* cgroup = std::get_if<model::CgroupTarget>(&target);
  if (type == kernel::kUntyped || (cgroup != nullptr && !cgroup->type.empty())) {
    return in_words(info) + ": " + kernel::why_target_does_not_fit(target, type);
  }
  const std::string how = kernel::how_to_attach(type, info.section);
  std::string advice = how.empty() ? "" : "; write " + how;
  if (info.section_attaches) advice = "; leave 'attach' out, its section says it all";
  return in_words(info) + " is of type " + type + " and cannot be attached to a target of kind " +
         std::string(kernel::target_kind(target)) + advice;
}

void choose_direction(model::AttachTarget& target, const std::string& section) {
  using model::TcDirection;
  auto* const tc = std::get_if<model::TcTarget>(&target);
  if (tc == nullptr || tc->direction != TcDirection::kBySection) return;
  tc->direction = kernel::says_egress(section) ? TcDirection::kEgress : TcDirection::kIngress;
}

// The targets of a program, those that fit its type; the others are reported.
std::vector<model::AttachTarget> targets_of(const config::ProgramConfig& program,
                                            const kernel::ProgramInfo& info,
                                            config::Diagnostics& diagnostics) {
  std::vector<model::AttachTarget> targets;
  kernel::TypeOfTargets type(info.type);
  for (const config::AttachConfig& attach : program.attach) {
    check_event(attach, diagnostics);
    model::AttachTarget target = attach.target;
    choose_direction(target, info.section);
    if (!kernel::target_fits(target, type.name())) {
      diagnostics.error(attach.at, misfit(target, info, type.name()));
    } else if (!type.take(target)) {
      diagnostics.error(attach.at, in_words(info) + ": " + kernel::kSeveralTypes);
    } else {
      targets.push_back(std::move(target));
    }
  }
  return targets;
}

// A program that nothing says how to attach.
void report_unattachable(const kernel::ProgramInfo& info, const config::ProgramConfig* program,
                         const config::Config& config, config::Diagnostics& diagnostics) {
  const config::Position at = program != nullptr ? program->name.at : config.object_position();
  const std::string how = kernel::how_to_attach(info.type, info.section);
  std::string advice = how.empty() ? "; leave it out with 'load: false'"
                                   : "; write programs: { " + info.name + ": { " + how + " } }";
  if (info.type == kernel::kUntyped) {
    advice = std::string("; ") + kernel::kHowToType + ", or leave it out with 'load: false'";
  }
  std::string message = in_words(info) + " does not say what to attach to" + advice;
  if (program == nullptr ? config.programs_required : program->required) {
    diagnostics.error(at, std::move(message));
  } else {
    diagnostics.warning(at, std::move(message));
  }
}

}  // namespace

std::vector<kernel::ProgramRequest> compile_programs(const config::Config& config,
                                                     const ObjectFacts& object,
                                                     config::Diagnostics& diagnostics) {
  report_unknown(config, object, diagnostics);
  const Alternatives alternatives(config, object, diagnostics);
  warn_of_same_places(config, object, alternatives, diagnostics);
  std::vector<kernel::ProgramRequest> requests;
  for (const kernel::ProgramInfo& info : object.programs) {
    const config::ProgramConfig* program = find_config(config, info.name);
    const bool says_how = info.section_attaches || (program != nullptr && program->has_attach);
    const auto alternative = alternatives.of(info.name);
    const bool is_wanted = program == nullptr ? info.autoload || alternative : program->load;
    if (is_wanted && !says_how) report_unattachable(info, program, config, diagnostics);
    if (program == nullptr) {  // as its section says
      const bool load = info.autoload || alternative;
      if (alternative || !config.programs_required) {
        requests.push_back({info.name, load, config.programs_required, {}, alternative});
      }
      continue;
    }
    requests.push_back({info.name, program->load, program->required,
                        targets_of(*program, info, diagnostics), alternative});
  }
  return requests;
}

}  // namespace bpfmap::decode
