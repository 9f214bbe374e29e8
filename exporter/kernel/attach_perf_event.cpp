// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach_perf_event.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "kernel/cpu_list.h"
#include "kernel/libbpf_log.h"
#include "kernel/load_failure.h"
#include "kernel/perf_event_names.h"

namespace bpfmap::kernel {
namespace {

constexpr const char* kOnline = "/sys/devices/system/cpu/online";

perf_event_attr make_attributes(const PerfEventCode& code, const PerfEventTarget& target) {
  perf_event_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.type = code.type;
  attributes.config = code.config;
  attributes.disabled = 1;  // until the program is attached: libbpf enables it
  if (target.frequency.value_or(0) > 0) {
    attributes.freq = 1;
    attributes.sample_freq = target.frequency.value_or(0);
  } else {
    attributes.sample_period = target.period.value_or(0);
  }
  return attributes;
}

UniqueFd open_event(perf_event_attr& attributes, int cpu) {
  constexpr int kAllProcesses = -1;
  constexpr int kNoGroup = -1;
  return UniqueFd(static_cast<int>(syscall(SYS_perf_event_open, &attributes, kAllProcesses, cpu,
                                           kNoGroup, PERF_FLAG_FD_CLOEXEC)));
}

// A CPU may go offline between the look and the call.
bool went_offline(int code) { return code == ENODEV; }

std::string where(const PerfEventTarget& target, int cpu) {
  return "to " + target.type + " event " + target.event + " on CPU " + std::to_string(cpu);
}

std::string place_of(const perf_event_attr& event, int cpu) {
  return "perf_event " + std::to_string(event.type) + " " + std::to_string(event.config) +
         (event.freq ? " frequency " : " period ") + std::to_string(event.sample_freq) + " " +
         std::to_string(cpu);
}

Result<LinkPtr> attach_on_cpu(const LoadedProgram& program, const PerfEventTarget& target,
                              perf_event_attr& attributes, int cpu) {
  LibbpfLog log;
  UniqueFd event = open_event(attributes, cpu);
  if (!event) {
    return unexpected(attach_error(program, where(target, cpu), errno, {}, "perf_event"));
  }
  LinkPtr link(bpf_program__attach_perf_event(program.handle, event.get()));
  if (!link) {
    const int code = errno;
    return unexpected(attach_error(program, where(target, cpu), code, join_warnings(log.warnings()),
                                   "perf_event"));
  }
  event.release();  // the link closes it
  return link;
}

Result<std::vector<int>> online_cpus() {
  std::ifstream file(kOnline);
  std::string text;
  std::getline(file, text);
  auto cpus = parse_cpu_list(text);
  if (cpus && !cpus->empty()) return std::move(*cpus);
  return unexpected(Error{
      ErrorKind::kSystem, "read the list of CPUs from", kOnline, 0, "got '" + text + "'", {}});
}

}  // namespace

Result<Attachments> attach_perf_event(const LoadedProgram& program, const PerfEventTarget& target) {
  const Result<PerfEventCode> code = perf_event_code(target.type, target.event);
  if (!code) return unexpected(bad_target(program, code.error().message()));
  if (target.frequency.value_or(0) == 0 && target.period.value_or(0) == 0) {
    return unexpected(bad_target(program, "a perf event needs a frequency or a period above 0"));
  }
  const Result<std::vector<int>> cpus = online_cpus();
  if (!cpus) return unexpected(cpus.error());
  perf_event_attr attributes = make_attributes(*code, target);
  Attachments attachments;
  Error refusal;
  for (const int cpu : *cpus) {
    std::string place = place_of(attributes, cpu);
    if (AttachmentPtr there = program.existing(place)) {
      attachments.add(std::move(there));
      continue;
    }
    Result<LinkPtr> link = attach_on_cpu(program, target, attributes, cpu);
    if (link) {
      attachments.add(std::move(place), std::move(*link));
    } else if (went_offline(link.error().code)) {
      refusal = std::move(link.error());
    } else {
      return unexpected(std::move(link.error()));
    }
  }
  if (attachments.empty()) return unexpected(std::move(refusal));
  return attachments;
}

}  // namespace bpfmap::kernel
