// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/event_values.h"

#include <memory>
#include <optional>
#include <utility>

#include "decode/compile/value_field.h"
#include "decode/render/buckets.h"

namespace bpfmap::decode {
namespace {

kernel::TypePtr number_type(const std::optional<NumberSource>& source) {
  if (source && source->is_float()) return kernel::explicit_type("f64");
  return kernel::explicit_type(source && source->is_signed() ? "s64" : "u64");
}

EventPlan::Effect effect_of(const config::MetricConfig& metric) {
  using Effect = EventPlan::Effect;
  if (metric.kind == config::MetricKind::kCounter) {
    return metric.value ? Effect::kAdd : Effect::kCount;
  }
  if (!metric.aggregate) return Effect::kSet;
  switch (metric.aggregate->value) {
    case config::Aggregate::kSum: return Effect::kAdd;
    case config::Aggregate::kMax: return Effect::kLargest;
    case config::Aggregate::kMin: return Effect::kSmallest;
  }
  return Effect::kSet;
}

config::FieldRef reference(const config::MetricConfig& metric, std::string member) {
  return {metric.value ? metric.value->at : metric.name.at, std::move(member), std::nullopt};
}

}  // namespace

kernel::TypePtr EventValues::type() const {
  kernel::Type whole = type_;
  whole.kind = kernel::TypeKind::kStruct;
  whole.name = "struct values";
  return std::make_shared<const kernel::Type>(std::move(whole));
}

EventPlan::Parts EventValues::take() && {
  parts_.value_size = type_.size;
  return std::move(parts_);
}

bool EventValues::error(config::Position at, const config::MetricConfig& metric,
                        std::string message) {
  diagnostics_.error(at, "'" + metric.name.value + "': " + std::move(message));
  return false;
}

// Returns the offset of the new member.
std::uint32_t EventValues::add_member(std::string name, const kernel::TypePtr& type) {
  const std::uint32_t offset = type_.size;
  type_.members.push_back({std::move(name), type, offset * 8, 0});
  type_.size += type->size;
  return offset;
}

void EventValues::add(const config::MetricConfig& metric) {
  if (metric.kind == config::MetricKind::kHistogram) {
    add_histogram(metric);
  } else {
    add_accumulator(metric);
  }
}

void EventValues::add_accumulator(const config::MetricConfig& metric) {
  const bool is_counter = metric.kind == config::MetricKind::kCounter;
  if (!is_counter && !metric.value) {
    error(metric.name.at, metric,
          "a gauge of events needs 'value', a field of " +
              (event_.type != nullptr ? event_.type->name : "the event"));
    return;
  }
  EventPlan::Accumulator accumulator;
  accumulator.effect = effect_of(metric);
  accumulator.only_grows = is_counter;
  if (metric.value) {
    const auto field = number_of_metric(metric, event_, diagnostics_);
    if (!field) return;
    accumulator.source = NumberSource::of(*field);
  }
  const std::string member = next_member();
  accumulator.offset = add_member(member, number_type(accumulator.source));
  parts_.accumulators.push_back(accumulator);
  metrics_.push_back(metric);
  metrics_.back().value = reference(metric, member);
}

bool EventValues::check_histogram(const config::MetricConfig& metric) {
  if (metric.bucket) {
    return error(metric.bucket->at, metric,
                 "events have no 'bucket': name the field that is observed with 'value'");
  }
  if (!metric.value) {
    return error(metric.name.at, metric,
                 "a histogram of events needs 'value', the field that is observed");
  }
  const config::BucketsConfig& buckets = *metric.buckets;
  if (buckets.sum || buckets.sum_key) {
    return error(buckets.sum_key ? buckets.sum_key->at : buckets.sum->at, metric,
                 "the sum of events is kept by itself; leave 'sum' out");
  }
  if (last_slot(buckets)) return true;
  return error(buckets.at, metric, "buckets need a 'max', the slot of the last finite bucket");
}

void EventValues::add_histogram(const config::MetricConfig& metric) {
  // Buckets that are missing were reported by the parser.
  if (!metric.buckets || !check_histogram(metric)) return;
  config::BucketsConfig buckets = *metric.buckets;
  const std::int64_t first = first_slot(buckets);
  const std::int64_t last = *last_slot(buckets);
  if (last < first || last - first >= kMostBuckets) {
    error(buckets.at, metric,
          "expected 1 to " + std::to_string(kMostBuckets) + " buckets, found " +
              std::to_string(last < first ? 0 : last - first + 1));
    return;
  }
  const auto field = number_in_value(metric.value, event_, metric.name.at, diagnostics_);
  if (!field) return;
  const auto source = NumberSource::of(*field);

  ObservedBuckets observed(buckets, first, last);
  const std::string member = next_member();
  const auto counts =
      kernel::array_of(kernel::explicit_type("u64"), static_cast<std::uint32_t>(observed.size()));
  const std::uint32_t counts_offset = add_member(member, counts);
  const std::uint32_t sum_offset = add_member(member + "_sum", number_type(source));
  parts_.observations.push_back({*source, std::move(observed), counts_offset, sum_offset});

  if (buckets.scale == config::BucketScale::kFixed) {
    buckets.scale = config::BucketScale::kExplicit;
  }
  buckets.sum = reference(metric, member + "_sum");
  metrics_.push_back(metric);
  metrics_.back().value = reference(metric, member);
  metrics_.back().buckets = std::move(buckets);
}

}  // namespace bpfmap::decode
