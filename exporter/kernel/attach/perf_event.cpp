// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/perf_event.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
#include "base/small_file.h"

#include "kernel/attach/cpu_list.h"
#include "kernel/libbpf/load_failure.h"
#include "kernel/libbpf/log.h"
#include "kernel/perf_event_names.h"

namespace bpfmap::kernel {
namespace {

constexpr const char* kOnline = "/sys/devices/system/cpu/online";

perf_event_attr make_attributes(const PerfEventCode& code, const model::PerfEventTarget& target) {
  perf_event_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.type = code.type;
  attributes.config = code.config;
  attributes.disabled = 1;  // until the program is attached: libbpf enables it
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED;  // see is_counting()
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

std::string where(const model::PerfEventTarget& target, int cpu) {
  return "to " + target.type + " event " + target.event + " on CPU " + std::to_string(cpu);
}

std::string place_of(const perf_event_attr& event, int cpu) {
  return "perf_event " + std::to_string(event.type) + " " + std::to_string(event.config) +
         (event.freq ? " frequency " : " period ") + std::to_string(event.sample_freq) + " " +
         std::to_string(cpu);
}

Result<Attachment::Handle> attach_on_cpu(const LoadedProgram& program,
                                         const model::PerfEventTarget& target,
                                         perf_event_attr attributes, int cpu) {
  LibbpfLog log;
  UniqueFd event = open_event(attributes, cpu);
  if (!event) {
    return unexpected(attach_error(program, where(target, cpu), errno, {}, "perf_event"));
  }
  PerfEventLink attached;
  attached.event.reset(::fcntl(event.get(), F_DUPFD_CLOEXEC, 0));
  attached.link.reset(bpf_program__attach_perf_event(program.handle, event.get()));
  if (!attached.link) {
    const int code = errno;
    return unexpected(attach_error(program, where(target, cpu), code, join_warnings(log.warnings()),
                                   "perf_event"));
  }
  event.release();  // the link closes it
  return Attachment::Handle(std::move(attached));
}

Result<std::vector<int>> online_cpus() {
  const std::string file = read_small_file(kOnline).value_or("");
  const std::string text = file.substr(0, file.find('\n'));
  auto cpus = parse_cpu_list(text);
  if (cpus && !cpus->empty()) return std::move(*cpus);
  return unexpected(Error{.kind = ErrorKind::kSystem,
                          .operation = "read the list of CPUs from",
                          .subject = kOnline,
                          .detail = "got '" + text + "'"});
}

Error no_sampling(const LoadedProgram& program) {
  return bad_target(program, "a perf event needs a frequency or a period above 0");
}

}  // namespace

Sites perf_event_sites(const LoadedProgram& program, const model::PerfEventTarget& target) {
  const Result<PerfEventCode> code = perf_event_code(target.type, target.event);
  if (!code) return {{}, {bad_target(program, code.error().message())}, {}};
  if (target.frequency.value_or(0) == 0 && target.period.value_or(0) == 0) {
    return {{}, {no_sampling(program)}, {}};
  }
  const Result<std::vector<int>> cpus = online_cpus();
  if (!cpus) return {{}, {for_program(cpus.error(), program)}, {}};
  const perf_event_attr attributes = make_attributes(*code, target);
  Sites sites;
  for (const int cpu : *cpus) {
    sites.found.push_back(
        {place_of(attributes, cpu), where(target, cpu), [&program, &target, attributes, cpu] {
           return attach_on_cpu(program, target, attributes, cpu);
         }});
  }
  return sites;
}

}  // namespace bpfmap::kernel
