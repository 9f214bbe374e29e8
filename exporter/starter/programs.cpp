// SPDX-License-Identifier: Apache-2.0
#include "starter/programs.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "kernel/section.h"
#include "starter/alternatives.h"
#include "starter/sampled_event.h"
#include "starter/words.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

using kernel::ProgramInfo;

// What a program is started with, and why; empty where it is better not loaded.
struct Start {
  std::string attach;
  std::string why;
  bool required = true;
};

// Of programs whose section does not say it, by their name.
bool is_for_egress(const ProgramInfo& program) {
  constexpr std::string_view kEgress[] = {"egress", "tx", "xmit", "out", "outgoing"};
  const bool says_ingress = program.section.find("ingress") != std::string::npos;
  return kernel::says_egress(program.section) ||
         (!says_ingress && !first_of(words_of(program.name), kEgress).empty());
}

// `is_only` says that no other program of the object samples.
Start start_of_sampler(const ProgramInfo& program, bool is_only) {
  const auto named = sampled_event(program.name);
  if (!named && !is_only) return {};
  if (!named || named->event == "cpu-clock") {
    return {"{ perf_event: { type: software, event: cpu-clock, frequency: 99 } }",
            "Samples every CPU 99 times a second; other events count cycles, misses or faults."};
  }
  return {"{ perf_event: " + named->attach + " }",
          "Guess, by its name: it is for " + named->event +
              ". `period` is how many of them there are for each call" +
              (named->needs_hardware ? "; a machine without counters for them refuses it." : "."),
          !named->needs_hardware};
}

Start start_of(const ProgramInfo& program, bool is_only_sampler) {
  if (program.type == "xdp") {
    return {"{ xdp: { interfaces: [lo], mode: generic } }",
            "Say which interfaces: names or patterns such as \"veth*\". An interface runs one XDP "
            "program only; mode: native is faster where the driver has it."};
  }
  if (program.type == "sched_cls") {
    const bool is_egress = is_for_egress(program);
    return {std::string("{ tc: { interfaces: [lo], direction: ") +
                (is_egress ? "egress" : "ingress") + " } }",
            "Say which interfaces, and whether ingress or egress (a list of both is possible). "
            "What the program returns decides about packets, unless it is TC_ACT_UNSPEC (-1)."};
  }
  if (program.type == "perf_event") return start_of_sampler(program, is_only_sampler);
  return {};
}

// An interface runs one XDP program: the others of an object wait for one of their own.
bool takes_the_place(const ProgramInfo& program) {
  return program.autoload && !program.section_attaches && program.type == "xdp";
}

// What is decided by what a program returns; empty where it only looks.
std::string_view whole_of_verdict(const ProgramInfo& program) {
  if (program.type.starts_with("cgroup") || program.type == "sock_ops") return "cgroup";
  const bool is_of_network = program.type == "sk_lookup" || program.type == "flow_dissector";
  return is_of_network ? "network namespace" : "";
}

std::string why_not_started(const ProgramInfo& program) {
  if (takes_the_place(program)) {
    return "Not loaded until an interface is named that runs no other XDP program:";
  }
  if (program.type == "perf_event") {
    return "Not loaded until an event is named that it is called at: several programs of this "
           "object are called at events, and neither their sections nor their names say at which:";
  }
  const std::string how = kernel::how_to_attach(program.type, program.section);
  if (program.type == kernel::kUntyped) {
    return std::string("Not loaded until the file says what it is attached to: ") +
           kernel::kHowToType + ".";
  }
  if (how.empty()) {
    return "The exporter attaches no programs of type " + program.type +
           " with this section, so it is not loaded.";
  }
  const std::string whole(whole_of_verdict(program));
  return std::string("Not loaded until the file says where it is attached") +
         (whole.empty() ? "" : ", because its verdict is for all of that " + whole) +
         ". In its place, with what is right here:";
}

// What to write, on a line of its own, which can be copied.
std::string how_to_start(const ProgramInfo& program) {
  const std::string how = kernel::how_to_attach(program.type, program.section);
  return how.empty() ? how
                     : "  " + comment_line("   " + scalar(program.name) + ": { " + how + " }");
}

// What its place among the others of the object says.
struct Company {
  bool place_is_taken = false;
  bool is_only_sampler = true;
};

std::string entry(const ProgramInfo& program, const Company& company) {
  const std::string name = "  " + scalar(program.name) + ":";
  const std::string what = comment("SEC(\"" + program.section + "\"), " + program.type + ".", "  ");
  const Start start = company.place_is_taken ? Start{} : start_of(program, company.is_only_sampler);
  if (!program.autoload) {
    return comment(program.name + ", SEC(\"?" + program.section +
                       "\"), is loaded only where `programs:` names it.",
                   "");
  }
  if (start.attach.empty()) {
    return what + comment(why_not_started(program), "  ") + how_to_start(program) + name +
           " { load: false }\n";
  }
  return what + comment(start.why, "  ") + name + "\n    attach: " + start.attach + "\n" +
         (start.required ? "" : "    required: false\n");
}

// "openat" of "tracepoint/syscalls/sys_enter_openat"; empty for other places.
std::string_view system_call_of(const ProgramInfo& program) {
  std::string_view section = program.section;
  const std::size_t begin = section.find("/syscalls/sys_e");  // enter or exit
  const std::size_t end = begin == std::string_view::npos ? begin : section.find('_', begin + 15);
  if (end == std::string_view::npos || !program.autoload) return {};
  return section.substr(end + 1);
}

// Of programs at several system calls: architectures have some of them only.
std::string optional_calls(std::span<const ProgramInfo> programs) {
  std::set<std::string_view> calls;
  std::string text;
  for (const ProgramInfo& program : programs) {
    const std::string_view call = system_call_of(program);
    if (call.empty()) continue;
    calls.insert(call);
    text += "  " + scalar(program.name) + ": { required: false }\n";
  }
  if (calls.size() < 2) return {};
  return comment(
             "Not every kernel has all of these system calls: what is not there is left out, "
             "with a warning.",
             "  ") +
         text;
}

bool is_sampler(const ProgramInfo& program) {
  return program.autoload && program.type == "perf_event";
}

}  // namespace

std::string programs_yaml(std::span<const ProgramInfo> programs) {
  const auto alternatives = find_alternatives(programs);
  const std::set<std::string> one_of = names_in(alternatives);
  std::string attaching;
  std::string optional;
  std::string entries = alternatives_yaml(alternatives);
  bool place_is_taken = false;
  const bool is_only = std::count_if(programs.begin(), programs.end(), is_sampler) < 2;
  for (const ProgramInfo& program : programs) {
    if (one_of.contains(program.name)) continue;
    if (!program.autoload) {
      optional += entry(program, {});
    } else if (program.section_attaches) {
      attaching += comment_line("   " + program.name + ", SEC(\"" + program.section + "\")");
    } else {
      entries += entry(program, {place_is_taken && takes_the_place(program), is_only});
      place_is_taken = place_is_taken || takes_the_place(program);
    }
  }
  if (one_of.empty()) entries += optional_calls(programs);
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

}  // namespace bpfmap::starter
