// SPDX-License-Identifier: Apache-2.0
#include "commands/starter/programs.h"

#include "commands/starter/alternatives.h"
#include "commands/starter/yaml.h"
#include "kernel/section.h"

namespace bpfmap::commands::starter {
namespace {

using kernel::ProgramInfo;

// What a program is started with, and why; empty where it is better not loaded.
struct Start {
  std::string attach;
  std::string why;
};

Start start_of(const ProgramInfo& program) {
  if (program.type == "xdp") {
    return {"{ xdp: { interfaces: [lo], mode: generic } }",
            "Say which interfaces: names or patterns such as \"veth*\". An interface runs one XDP "
            "program only; mode: native is faster where the driver has it."};
  }
  if (program.type == "sched_cls") {
    return {"{ tc: { interfaces: [lo], direction: ingress } }",
            "Say which interfaces, and whether ingress or egress (a list of both is possible). "
            "What the program returns decides about packets, unless it is TC_ACT_UNSPEC (-1)."};
  }
  if (program.type == "perf_event") {
    return {"{ perf_event: { type: software, event: cpu-clock, frequency: 99 } }",
            "Samples every CPU 99 times a second; other events count cycles, misses or faults."};
  }
  return {};
}

// An interface runs one XDP program: the others of an object wait for one of their own.
bool takes_the_place(const ProgramInfo& program) {
  return program.autoload && !program.section_attaches && program.type == "xdp";
}

std::string why_not_started(const ProgramInfo& program) {
  if (takes_the_place(program)) {
    return "Not loaded until somebody names an interface that runs no other XDP program:";
  }
  const std::string how = kernel::how_to_attach(program.type, program.section);
  if (program.type == kernel::kUntyped) {
    return std::string("Not loaded until somebody says what it is attached to: ") +
           kernel::kHowToType + ".";
  }
  if (how.empty()) {
    return "The exporter attaches no programs of type " + program.type +
           " with this section, so it is not loaded.";
  }
  const bool has_verdict = program.type.starts_with("cgroup") || program.type == "sock_ops";
  return std::string("Not loaded until somebody says where it is attached") +
         (has_verdict ? ", because its verdict is for all of that cgroup" : "") +
         ". In its place, with what is right here:";
}

// What to write, on a line of its own, which can be copied.
std::string how_to_start(const ProgramInfo& program) {
  const std::string how = kernel::how_to_attach(program.type, program.section);
  return how.empty() ? how
                     : "  " + comment_line("   " + scalar(program.name) + ": { " + how + " }");
}

std::string entry(const ProgramInfo& program, bool place_is_taken = false) {
  const std::string name = "  " + scalar(program.name) + ":";
  const std::string what = comment("SEC(\"" + program.section + "\"), " + program.type + ".", "  ");
  const Start start = place_is_taken ? Start{} : start_of(program);
  if (!program.autoload) {
    return comment(program.name + ", SEC(\"?" + program.section +
                       "\"), is loaded only where `programs:` names it.",
                   "");
  }
  if (start.attach.empty()) {
    return what + comment(why_not_started(program), "  ") + how_to_start(program) + name +
           " { load: false }\n";
  }
  return what + comment(start.why, "  ") + name + "\n    attach: " + start.attach + "\n";
}

}  // namespace

std::string programs_yaml(std::span<const ProgramInfo> programs) {
  const auto alternatives = find_alternatives(programs);
  const std::set<std::string> one_of = names_in(alternatives);
  std::string attaching;
  std::string optional;
  std::string entries = alternatives_yaml(alternatives);
  bool place_is_taken = false;
  for (const ProgramInfo& program : programs) {
    if (one_of.contains(program.name)) continue;
    if (!program.autoload) {
      optional += entry(program);
    } else if (program.section_attaches) {
      attaching += comment_line("   " + program.name + ", SEC(\"" + program.section + "\")");
    } else {
      entries += entry(program, place_is_taken && takes_the_place(program));
      place_is_taken = place_is_taken || takes_the_place(program);
    }
  }
  std::string text;
  if (!attaching.empty()) {
    text += "\n" +
            comment(
                "These programs attach by themselves. One that a kernel may lack could be "
                "listed below programs: with { required: false }.",
                "") +
            attaching;
  }
  if (!optional.empty()) text += "\n" + optional;
  if (!entries.empty()) text += "\nprograms:\n" + entries;
  return text;
}

}  // namespace bpfmap::commands::starter
