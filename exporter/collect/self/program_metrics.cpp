// SPDX-License-Identifier: Apache-2.0
#include "collect/self/program_metrics.h"

#include "collect/self/family_builder.h"

namespace bpfmap::collect {

void ProgramMetrics::add_object(const std::string& config, const kernel::Object& object) {
  for (kernel::ProgramStatus& status : object.program_statuses()) {
    add_program(
        config, std::move(status),
        [&object](const std::string& program) { return object.program_runs(program); },
        [&object](const std::string& program) {
          return Attached{object.is_attached(program), object.program_links(program)};
        });
  }
}

void ProgramMetrics::add_program(const std::string& config, kernel::ProgramStatus status,
                                 ReadRuns read_runs, ReadAttached read_attached) {
  programs_.push_back({config, std::move(status), std::move(read_runs), std::move(read_attached)});
}

std::vector<prometheus::MetricFamily> ProgramMetrics::Collect() const {
  using prometheus::MetricType;
  auto info = make_family("bpfmap_exporter_program_info", "The program as the kernel knows it.",
                          MetricType::Gauge);
  auto attached = make_family("bpfmap_exporter_program_attached",
                              "Whether the program is attached everywhere it was meant to be.",
                              MetricType::Gauge);
  auto links = make_family("bpfmap_exporter_program_links",
                           "Places that the program is attached to.", MetricType::Gauge);
  auto runs = make_family("bpfmap_exporter_program_runs_total",
                          "Runs of the program while the kernel's BPF statistics were on.",
                          MetricType::Counter);
  auto seconds = make_family("bpfmap_exporter_program_run_seconds_total",
                             "Time spent in the program while the kernel's BPF statistics were on.",
                             MetricType::Counter);
  auto misses = make_family("bpfmap_exporter_program_recursion_misses_total",
                            "Runs that the kernel left out because the program was running on that"
                            " CPU already.",
                            MetricType::Counter);
  for (const Program& program : programs_) {
    const kernel::ProgramStatus& status = program.status;
    if (!status.loaded && status.problem.empty()) continue;  // left out by the configuration
    const LabelPairs labels{{"config", program.config}, {"program", status.name}};
    const Attached now = program.read_attached(status.name);
    add_sample(attached, labels, now.everywhere ? 1 : 0);
    add_sample(links, labels, static_cast<double>(now.links));
    if (!status.loaded) continue;
    LabelPairs identity = labels;
    identity.insert(identity.end(), {{"section", status.section},
                                     {"type", status.type},
                                     {"tag", status.tag},
                                     {"id", std::to_string(status.id)}});
    add_sample(info, identity, 1);
    const auto run = program.read_runs(status.name);
    if (!run) continue;
    add_sample(runs, labels, static_cast<double>(run->count));
    add_sample(seconds, labels, static_cast<double>(run->nanoseconds) / 1e9);
    if (!run->recursion_misses) continue;
    add_sample(misses, labels, static_cast<double>(*run->recursion_misses));
  }
  return {std::move(info), std::move(attached), std::move(links),
          std::move(runs), std::move(seconds),  std::move(misses)};
}

}  // namespace bpfmap::collect
