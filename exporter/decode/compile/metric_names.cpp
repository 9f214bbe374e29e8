// SPDX-License-Identifier: Apache-2.0
#include "decode/metric_names.h"

#include <string_view>

#include "decode/metric_kind.h"
#include "exposition/names.h"

namespace bpfmap::decode {
namespace {

// Everything that a metric occupies on the page: the samples of a histogram have names of their
// own, and OpenMetrics calls the family of the counter x_total by the name x.
std::vector<std::string> occupied(const std::string& name, config::MetricKind kind) {
  constexpr std::string_view kTotal = "_total";
  switch (kind) {
    case config::MetricKind::kGauge: return {name};
    case config::MetricKind::kHistogram:
      return {name, name + "_bucket", name + "_sum", name + "_count"};
    case config::MetricKind::kCounter: break;
  }
  if (!name.ends_with(kTotal)) return {name, name + std::string(kTotal)};
  return {name, name.substr(0, name.size() - kTotal.size())};
}

}  // namespace

void MetricNames::join(const config::Config& config, const config::MapConfig& map,
                       const config::MetricConfig& metric, config::Diagnostics& diagnostics) {
  const std::string name = config.prefix.value + metric.name.value;
  const auto known = families_.find(name);
  const bool is_another_map = known != families_.end() && known->second.kind() == metric.kind &&
                              !known->second.has(config, map) &&
                              !diagnostics.has_error_at(metric.name.at);
  if (!is_another_map) claim(name, metric.kind, metric.name.at, diagnostics);
  if (diagnostics.has_error_at(metric.name.at)) return;
  FamilyMembers& members = families_.try_emplace(name, name, metric.kind).first->second;
  members.add(config, map, metric, diagnostics);
}

void MetricNames::set_meanings(const config::Config& config, const config::MapConfig& map,
                               const SamplePlan& plan, config::Diagnostics& diagnostics) {
  for (const config::MetricConfig& metric : map.metrics) {
    const auto known = families_.find(config.prefix.value + metric.name.value);
    const Family* family = plan.find(config.prefix.value + metric.name.value);
    if (known == families_.end() || family == nullptr) continue;
    const std::string& meaning = std::visit(
        [](const auto& of_kind) -> const std::string& { return of_kind.meaning(); }, *family);
    known->second.set_meaning(config, map, metric, meaning, diagnostics);
  }
}

void MetricNames::claim(const std::string& name, config::MetricKind kind, config::Position at,
                        config::Diagnostics& diagnostics) {
  if (!exposition::is_valid_metric_name(name)) {
    diagnostics.error(at,
                      "invalid metric name '" + name +
                          "': expected letters, digits, '_' and ':', not beginning with a digit");
    return;
  }
  for (const char* reserved : {"bpfmap_exporter_", "process_", "bpf_program_", "bpf_map_",
                               "bpf_link_", "bpf_inventory_", "ebpf_exporter_ebpf_program_",
                               "ebpf_exporter_enabled_configs", "ebpf_exporter_decoder_errors"}) {
    if (name.starts_with(reserved)) {
      diagnostics.error(at, "metric name '" + name + "' begins with '" + reserved +
                                "', which the exporter's own metrics use");
      return;
    }
  }
  const Owner owner{name, kind, diagnostics.source().path + ":" + std::to_string(at.line)};
  for (const std::string& taken : occupied(name, kind)) {
    const auto [at_name, is_new] = owners_.emplace(taken, owner);
    if (is_new) continue;
    const Owner& other = at_name->second;
    // The parser has found what clashes within one file.
    if (diagnostics.has_error_at(at)) return;
    if (other.family == name) {
      diagnostics.error(at, "metric '" + name + "' is already exported as a " +
                                kind_name(other.kind) + " at " + other.place);
    } else {
      diagnostics.error(at, std::string(kind_name(kind)) + " '" + name + "' clashes with the " +
                                kind_name(other.kind) + " '" + other.family + "' at " +
                                other.place + ": both would export '" + taken + "'");
    }
    return;
  }
  for (const std::string& note : exposition::convention_notes(name, metric_type(kind))) {
    diagnostics.notice(at, "metric '" + name + "': " + note);
  }
}

}  // namespace bpfmap::decode
