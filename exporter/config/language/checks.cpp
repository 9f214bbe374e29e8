// SPDX-License-Identifier: Apache-2.0
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "config/language/parts.h"

namespace bpfmap::config {
namespace {

using Seen = std::unordered_map<std::string, Position>;

std::string at_line(Position at) { return "line " + std::to_string(at.line); }

// An entry with metrics and sizes is in both lists, with one place.
void check_maps(const Config& config, Diagnostics& diagnostics) {
  Seen seen;
  const auto add = [&](const Located<std::string>& map, const char* what) {
    const auto [first, is_new] = seen.emplace(map.value, map.at);
    if (is_new || first->second == map.at) {
      return;
    }
    diagnostics.error(map.at, "map " + in_quotes(map.value) + " is listed twice, first at " +
                                  at_line(first->second) + "; put its " + what +
                                  " under one entry");
  };
  for (const MapConfig& map : config.maps) add(map.map, "metrics");
  for (const MapSizesConfig& sizes : config.map_sizes) add(sizes.map, "sizes and metrics");
}

void check_alternatives(const Config& config, Diagnostics& diagnostics) {
  Seen left_out;
  for (const ProgramConfig& program : config.programs) {
    if (!program.load) left_out.emplace(program.name.value, program.name.at);
  }
  for (const AlternativesConfig& group : config.alternatives) {
    for (const ProgramSet& set : group.sets) {
      for (const Located<std::string>& name : set.programs) {
        const auto found = left_out.find(name.value);
        if (found == left_out.end()) continue;
        diagnostics.error(name.at, "program " + in_quotes(name.value) +
                                       " is left out by 'load: false' at " +
                                       at_line(found->second) + " and cannot be in 'one_of'");
      }
    }
  }
}

void check_label(const Located<std::string>& name, const Config& config, Seen& seen,
                 Diagnostics& diagnostics) {
  for (const ConstantLabel& constant : config.labels) {
    if (constant.name.value != name.value) continue;
    diagnostics.error(name.at, "label " + in_quotes(name.value) +
                                   " is also a constant label of the file, at " +
                                   at_line(constant.name.at));
  }
  const auto [first, is_new] = seen.emplace(name.value, name.at);
  if (!is_new) {
    diagnostics.error(name.at, "label " + in_quotes(name.value) +
                                   " is used twice in this map, first at " +
                                   at_line(first->second));
  }
}

void check_labels(const Config& config, Diagnostics& diagnostics) {
  for (const MapConfig& map : config.maps) {
    Seen seen;
    if (map.labels) {
      for (const LabelConfig& label : *map.labels)
        check_label(label.name, config, seen, diagnostics);
    }
    if (map.cpu_label) check_label(*map.cpu_label, config, seen, diagnostics);
    if (map.map_label) check_label(*map.map_label, config, seen, diagnostics);
  }
}

bool ends_with_total(std::string_view name) { return name.ends_with("_total"); }

// Everything that a metric occupies on the page: OpenMetrics names the family of the counter
// x_total x, and a histogram's samples have names of their own.
std::vector<std::string> occupied(const MetricConfig& metric) {
  const std::string& name = metric.name.value;
  if (metric.kind == MetricKind::kHistogram) {
    return {name, name + "_bucket", name + "_count", name + "_sum"};
  }
  if (metric.kind == MetricKind::kGauge) return {name};
  if (!ends_with_total(name)) return {name, name + "_total"};
  return {name, name.substr(0, name.size() - std::string_view("_total").size())};
}

class MetricNames {
 public:
  // `may_share`: several maps may export a metric together.
  MetricNames(std::string prefix, bool may_share, Diagnostics& diagnostics)
      : prefix_(std::move(prefix)), may_share_(may_share), diagnostics_(diagnostics) {}

  void add(const MapConfig& map, const MetricConfig& metric) {
    const auto same = metrics_.find(metric.name.value);
    const bool is_another_maps = same != metrics_.end() && maps_.at(same->second) != &map;
    if (is_another_maps && may_share_ && same->second->kind == metric.kind) {
      maps_[same->second] = &map;  // which may have it once
      return;
    }
    if (same != metrics_.end()) {
      diagnostics_.error(metric.name.at, "metric " + full(metric) + " is defined twice, first at " +
                                             at_line(same->second->name.at));
      return;
    }
    for (const std::string& name : occupied(metric)) {
      const auto [other, is_new] = names_.emplace(name, &metric);
      if (is_new || other->second == &metric) continue;
      diagnostics_.error(metric.name.at, "metric " + full(metric) + " clashes with " +
                                             full(*other->second) + " at " +
                                             at_line(other->second->name.at) +
                                             ": both would export " + in_quotes(prefix_ + name));
      break;
    }
    metrics_.emplace(metric.name.value, &metric);
    maps_.emplace(&metric, &map);
  }

 private:
  std::string full(const MetricConfig& metric) const {
    return in_quotes(prefix_ + metric.name.value);
  }

  std::string prefix_;
  bool may_share_;
  Diagnostics& diagnostics_;
  std::unordered_map<std::string, const MetricConfig*> metrics_;    // the first of each name
  std::unordered_map<const MetricConfig*, const MapConfig*> maps_;  // the last that has it
  std::unordered_map<std::string, const MetricConfig*> names_;
};

void check_metrics(const Config& config, Diagnostics& diagnostics) {
  // In ebpf_exporter's format a map is a metric, and one that stands twice is a mistake.
  const bool may_share = config.dialect == Dialect::kOwn;
  MetricNames names(config.prefix.value, may_share, diagnostics);
  for (const MapConfig& map : config.maps) {
    for (const MetricConfig& metric : map.metrics) names.add(map, metric);
  }
}

// Pins keep what maps hold, and a drained map holds next to nothing.
void check_pin(const Config& config, Diagnostics& diagnostics) {
  if (!config.pin.value) return;
  for (const MapConfig& map : config.maps) {
    if (map.mode.value != MapMode::kDrain) continue;
    diagnostics.notice(map.mode.at, "totals of " + in_quotes("mode: drain") +
                                        " are in the exporter's memory, where 'pin' does not keep "
                                        "them: they begin from 0 when it is restarted");
  }
}

}  // namespace

void check_config(const Config& config, Diagnostics& diagnostics) {
  // There a map is a metric, and the name of that is what stands twice.
  if (config.dialect == Dialect::kOwn) check_maps(config, diagnostics);
  check_alternatives(config, diagnostics);
  check_labels(config, diagnostics);
  check_metrics(config, diagnostics);
  check_pin(config, diagnostics);
}

}  // namespace bpfmap::config
