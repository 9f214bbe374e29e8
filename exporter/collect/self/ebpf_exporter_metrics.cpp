// SPDX-License-Identifier: Apache-2.0
#include "collect/self/ebpf_exporter_metrics.h"

#include <functional>
#include <map>
#include <utility>

#include "collect/self/family_builder.h"
#include "collect/self/write_registry.h"

namespace bpfmap::collect {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

std::string label(const prometheus::ClientMetric& metric, const std::string& name) {
  for (const auto& pair : metric.label) {
    if (pair.name == name) return pair.value;
  }
  return {};
}

class EbpfExporterFamilies {
 public:
  EbpfExporterFamilies(const std::vector<MetricFamily>& own, const std::set<std::string>& configs)
      : own_(own), configs_(configs) {}

  std::vector<MetricFamily> make() {
    add_configs();
    add_programs();
    add_by_id("bpfmap_exporter_program_attached", "ebpf_program_attached",
              "Whether the program is attached.", MetricType::Gauge);
    add_by_id("bpfmap_exporter_program_run_seconds_total", "ebpf_program_run_time_seconds",
              "Time spent in the program while the kernel's BPF statistics were on.",
              MetricType::Counter);
    add_by_id("bpfmap_exporter_program_runs_total", "ebpf_program_run_count_total",
              "Runs of the program while the kernel's BPF statistics were on.",
              MetricType::Counter);
    add_decoder_errors();
    return std::move(families_);
  }

 private:
  static constexpr const char* kNoId = "0";

  using Visit = std::function<void(const prometheus::ClientMetric&, double)>;

  void for_each(const std::string& family, const Visit& visit) const {
    for (const MetricFamily& candidate : own_) {
      if (candidate.name != family) continue;
      for (const auto& metric : candidate.metric) {
        if (configs_.contains(label(metric, "config"))) visit(metric, value_of(candidate, metric));
      }
    }
  }

  MetricFamily& add(const std::string& name, const std::string& help, MetricType type) {
    return families_.emplace_back(make_family("ebpf_exporter_" + name, help, type));
  }

  void add_configs() {
    MetricFamily& enabled =
        add("enabled_configs", "Configurations that are loaded.", MetricType::Gauge);
    for (const std::string& config : configs_) add_sample(enabled, {{"name", config}}, 1);
  }

  void add_programs() {
    MetricFamily& info =
        add("ebpf_program_info", "The program as the kernel knows it.", MetricType::Gauge);
    for_each("bpfmap_exporter_program_info", [&](const auto& metric, double) {
      const std::string config = label(metric, "config");
      const std::string program = label(metric, "program");
      const std::string id = label(metric, "id");
      ids_[{config, program}] = id;
      add_sample(
          info,
          {{"config", config}, {"program", program}, {"tag", label(metric, "tag")}, {"id", id}}, 1);
    });
    add_programs_without_id(info);
  }

  // The kernel has no id and no tag for what it did not load.
  void add_programs_without_id(MetricFamily& info) {
    for_each("bpfmap_exporter_program_attached", [&](const auto& metric, double) {
      const std::string config = label(metric, "config");
      const std::string program = label(metric, "program");
      if (!ids_.try_emplace({config, program}, kNoId).second) return;
      add_sample(info, {{"config", config}, {"program", program}, {"tag", ""}, {"id", kNoId}}, 1);
    });
  }

  void add_by_id(const std::string& own, const std::string& name, const std::string& help,
                 MetricType type) {
    MetricFamily& family = add(name, help, type);
    std::set<std::string> written;  // several programs may have no id, and share a series
    for_each(own, [&](const auto& metric, double value) {
      const auto id = ids_.find({label(metric, "config"), label(metric, "program")});
      if (id == ids_.end() || !written.insert(id->second).second) return;
      add_sample(family, {{"id", id->second}}, value);
    });
  }

  void add_decoder_errors() {
    std::map<std::string, double> errors;
    for (const std::string& config : configs_) errors[config] = 0;
    for_each("bpfmap_exporter_decode_errors_total",
             [&](const auto& metric, double value) { errors[label(metric, "config")] += value; });
    MetricFamily& family =
        add("decoder_errors_total",
            "Times that a label could not be decoded and fell back to what it had.",
            MetricType::Counter);
    for (const auto& [config, count] : errors) add_sample(family, {{"config", config}}, count);
  }

  const std::vector<MetricFamily>& own_;
  const std::set<std::string>& configs_;
  std::map<std::pair<std::string, std::string>, std::string> ids_;  // by configuration and program
  std::vector<MetricFamily> families_;
};

}  // namespace

std::vector<MetricFamily> ebpf_exporter_families(const std::vector<MetricFamily>& own,
                                                 const std::set<std::string>& configs) {
  if (configs.empty()) return {};
  return EbpfExporterFamilies(own, configs).make();
}

}  // namespace bpfmap::collect
