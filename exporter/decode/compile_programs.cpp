// SPDX-License-Identifier: Apache-2.0
#include "decode/compile_programs.h"

#include "decode/alternatives.h"
#include "decode/find_by_name.h"
#include "decode/same_place.h"
#include "kernel/perf_event_names.h"
#include "kernel/section.h"

namespace bpfmap::decode {
namespace {

std::vector<std::string> values_of(const std::vector<config::Located<std::string>>& located) {
  std::vector<std::string> values;
  values.reserve(located.size());
  for (const auto& one : located) values.push_back(one.value);
  return values;
}

kernel::XdpMode mode_of(config::XdpMode mode) {
  switch (mode) {
    case config::XdpMode::kAuto: return kernel::XdpMode::kAuto;
    case config::XdpMode::kGeneric: return kernel::XdpMode::kGeneric;
    case config::XdpMode::kNative: return kernel::XdpMode::kNative;
    case config::XdpMode::kOffload: return kernel::XdpMode::kOffload;
  }
  return kernel::XdpMode::kAuto;
}

struct ToTarget {
  std::string_view section;  // of the program

  kernel::AttachTarget operator()(const config::XdpAttachConfig& xdp) const {
    return kernel::XdpTarget{values_of(xdp.interfaces), mode_of(xdp.mode)};
  }
  kernel::AttachTarget operator()(const config::TcAttachConfig& tc) const {
    return kernel::TcTarget{values_of(tc.interfaces),
                            tc.ingress.value_or(!kernel::says_egress(section)), tc.priority};
  }
  kernel::AttachTarget operator()(const config::CgroupAttachConfig& cgroup) const {
    return kernel::CgroupTarget{cgroup.path.value, cgroup.type ? cgroup.type->value : ""};
  }
  kernel::AttachTarget operator()(const config::PerfEventAttachConfig& event) const {
    return kernel::PerfEventTarget{event.type.value, event.event.value, event.frequency,
                                   event.period};
  }
  kernel::AttachTarget operator()(const config::UprobeAttachConfig& probe) const {
    return kernel::UprobeTarget{probe.binary.value, probe.symbol, probe.offset, probe.return_probe,
                                probe.pid};
  }
  kernel::AttachTarget operator()(const config::UsdtAttachConfig& probe) const {
    return kernel::UsdtTarget{probe.binary.value, probe.provider, probe.name, probe.pid};
  }
};

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
  const auto* event = std::get_if<config::PerfEventAttachConfig>(&attach);
  if (event == nullptr) return;
  const auto code = kernel::perf_event_code(event->type.value, event->event.value);
  if (!code) diagnostics.error(event->event.at, code.error().message());
}

// What is wrong with a target for a program of type `type`.
std::string misfit(const kernel::AttachTarget& target, const kernel::ProgramInfo& info,
                   const std::string& type) {
  const auto* cgroup = std::get_if<kernel::CgroupTarget>(&target);
  if (cgroup != nullptr && (!cgroup->type.empty() || type == kernel::kUntyped)) {
    return in_words(info) + ": " + kernel::why_target_does_not_fit(target, type);
  }
  const std::string how = kernel::how_to_attach(type, info.section);
  std::string advice = how.empty() ? "" : "; write " + how;
  if (info.section_attaches) advice = "; leave 'attach' out, its section says it all";
  return in_words(info) + " is of type " + type + " and cannot be attached to a target of kind " +
         std::string(kernel::target_kind(target)) + advice;
}

// The targets of a program, those that fit its type; the others are reported.
std::vector<kernel::AttachTarget> targets_of(const config::ProgramConfig& program,
                                             const kernel::ProgramInfo& info,
                                             config::Diagnostics& diagnostics) {
  std::vector<kernel::AttachTarget> targets;
  kernel::TypeOfTargets type(info.type);
  for (const auto& attach : program.attach) {
    check_event(attach.value, diagnostics);
    kernel::AttachTarget target = std::visit(ToTarget{info.section}, attach.value);
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
