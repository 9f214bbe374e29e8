// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/config.h"
#include "decode/event_plan.h"
#include "decode/field_lookup.h"

namespace bpfmap::decode {

// Lays out the struct that the rows of a stream have for a value, metric by metric, and says what
// each event does to it and how a map with such values would be configured.
class EventValues {
 public:
  EventValues(const Whole& event, config::Diagnostics& diagnostics)
      : event_(event), diagnostics_(diagnostics) {}

  // What is wrong with a metric is reported, and the metric left out.
  void add(const config::MetricConfig& metric);

  // The struct; numbers of 64 bits, one behind the other.
  kernel::TypePtr type() const;
  // The metrics as they read it.
  const std::vector<config::MetricConfig>& metrics() const { return metrics_; }
  // The part of a plan that writes it.
  EventPlan::Parts take() &&;

 private:
  bool error(config::Position at, const config::MetricConfig& metric, std::string message);
  void add_accumulator(const config::MetricConfig& metric);
  void add_histogram(const config::MetricConfig& metric);
  bool check_histogram(const config::MetricConfig& metric);
  std::uint32_t add_member(std::string name, const kernel::TypePtr& type);
  std::string next_member() const { return "m" + std::to_string(metrics_.size()); }

  const Whole& event_;
  config::Diagnostics& diagnostics_;
  kernel::Type type_;
  EventPlan::Parts parts_;
  std::vector<config::MetricConfig> metrics_;
};

}  // namespace bpfmap::decode
