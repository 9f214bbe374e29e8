// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach_perf_event.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
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

// The count and the time for which the event was enabled; the time alone is of interest.
std::uint64_t enabled_time(int event) {
  std::array<std::uint64_t, 2> values{};
  const ssize_t got = ::read(event, values.data(), sizeof(values));
  return got == static_cast<ssize_t>(sizeof(values)) ? values[1] : 0;
}

std::string where(const PerfEventTarget& target, int cpu) {
  return "to " + target.type + " event " + target.event + " on CPU " + std::to_string(cpu);
}

std::string place_of(const perf_event_attr& event, int cpu) {
  return "perf_event " + std::to_string(event.type) + " " + std::to_string(event.config) +
         (event.freq ? " frequency " : " period ") + std::to_string(event.sample_freq) + " " +
         std::to_string(cpu);
}

Result<Attachment::Handle> attach_on_cpu(const LoadedProgram& program,
                                         const PerfEventTarget& target, perf_event_attr attributes,
                                         int cpu) {
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
  std::ifstream file(kOnline);
  std::string text;
  std::getline(file, text);
  auto cpus = parse_cpu_list(text);
  if (cpus && !cpus->empty()) return std::move(*cpus);
  return unexpected(Error{
      ErrorKind::kSystem, "read the list of CPUs from", kOnline, 0, "got '" + text + "'", {}});
}

Error no_sampling(const LoadedProgram& program) {
  return bad_target(program, "a perf event needs a frequency or a period above 0");
}

}  // namespace

// The clock of an event that counts goes on, with its CPU. When a CPU goes offline, the kernel
// takes its events away, and does not bring them back with it.
bool is_counting(int event) {
  const std::uint64_t before = enabled_time(event);
  return enabled_time(event) != before;
}

Sites perf_event_sites(const LoadedProgram& program, const PerfEventTarget& target) {
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
