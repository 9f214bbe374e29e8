// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <limits>

#include "config/parts.h"

namespace bpfmap::config {
namespace {

constexpr auto kBucketsKeys =
    std::to_array<std::string_view>({"scale", "min", "max", "step", "bounds", "unit", "sum"});

constexpr auto kSumKeys = std::to_array<std::string_view>({"key"});

// Slots are small: programs count into arrays. Keeps arithmetic on them far from overflow.
constexpr std::int64_t kLargestSlot = std::numeric_limits<std::int32_t>::max();

std::optional<Located<std::int64_t>> parse_slot(const Mapping& mapping, std::string_view key) {
  const auto field = mapping.find(key);
  const auto slot = field ? field->signed_integer(-kLargestSlot, kLargestSlot) : std::nullopt;
  if (!slot) return std::nullopt;
  return Located<std::int64_t>{*slot, field->at()};
}

// Numbers that increase, at least one. Empty after an error.
std::vector<Located<double>> parse_bounds(const Field& field) {
  std::vector<Located<double>> bounds;
  const std::vector<Tree>* items = field.list();
  if (items == nullptr) return bounds;
  if (items->empty()) field.error("must not be empty");
  for (const Tree& item : *items) {
    const Field bound(item, "bound", field.diagnostics());
    const auto value = bound.number();
    if (!value) continue;
    if (!bounds.empty() && *value <= bounds.back().value) {
      bound.error("expected more than the bound before it, found " + in_quotes(item.scalar));
      continue;
    }
    bounds.push_back({*value, bound.at()});
  }
  return bounds;
}

BucketScale parse_scale(const Mapping& mapping) {
  static const Names<BucketScale> scales = {{"exp2", BucketScale::kExp2},
                                            {"exp2zero", BucketScale::kExp2Zero},
                                            {"linear", BucketScale::kLinear},
                                            {"explicit", BucketScale::kExplicit},
                                            {"fixed", BucketScale::kFixed}};
  // Bounds can mean nothing else.
  const BucketScale implied = mapping.has("bounds") ? BucketScale::kExplicit : BucketScale::kExp2;
  const auto field = mapping.find("scale");
  return field ? field->one_of(scales).value_or(implied) : implied;
}

void parse_sum(const Field& field, BucketsConfig& buckets) {
  if (!field.tree().is_mapping() || field.tree().find("key") == nullptr) {
    buckets.sum = parse_field_ref(field);
    return;
  }
  const Mapping mapping(field, "'sum' with 'key'", kSumKeys);
  const auto key = mapping.find("key");
  if (const auto slot = key->unsigned_integer()) buckets.sum_key = {*slot, key->at()};
}

bool has_bounds(BucketScale scale) {
  return scale == BucketScale::kExplicit || scale == BucketScale::kFixed;
}

// The bounds of fixed buckets are what keys hold.
void check_fixed(const BucketsConfig& buckets, Diagnostics& diagnostics) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (buckets.scale != BucketScale::kFixed) return;
  for (const auto& [value, at] : buckets.bounds) {
    if (value == std::floor(value) && std::fabs(value) <= kExact) continue;
    diagnostics.error(at, "bound: expected a whole number, which a key can hold");
  }
}

void check_range(const Mapping& mapping, const BucketsConfig& buckets) {
  if (!buckets.min || !buckets.max) return;
  const std::int64_t min = buckets.min->value;
  const std::int64_t max = buckets.max->value;
  const Field field = *mapping.find("max");
  if (max < min) {
    field.error("expected at least 'min', which is " + std::to_string(min) + ", found '" +
                std::to_string(max) + "'");
  }
}

// What belongs to one scale only.
void check_scale(const Mapping& mapping, const BucketsConfig& buckets) {
  const auto refuse = [&](std::string_view key, std::string_view message) {
    if (mapping.has(key)) {
      mapping.diagnostics().error(mapping.key_position(key), std::string(message));
    }
  };
  if (buckets.scale != BucketScale::kLinear) refuse("step", "only 'scale: linear' has 'step'");
  if (!has_bounds(buckets.scale)) {
    refuse("bounds", "only 'scale: explicit' and 'scale: fixed' have 'bounds'");
    return;
  }
  const std::string scale =
      buckets.scale == BucketScale::kFixed ? "'scale: fixed'" : "'scale: explicit'";
  refuse("min", scale + " has no 'min': 'bounds' says which buckets there are");
  refuse("max", scale + " has no 'max': 'bounds' says which buckets there are");
  mapping.require("bounds");
}

std::optional<Located<double>> parse_step(const Mapping& mapping) {
  const auto field = mapping.find("step");
  const auto step = field ? field->number() : std::nullopt;
  if (!step) return std::nullopt;
  if (*step > 0) return Located<double>{*step, field->at()};
  field->error("expected a number above zero, found " + in_quotes(field->tree().scalar));
  return std::nullopt;
}

std::optional<BucketsConfig> parse_mapping(const Field& field) {
  const Mapping mapping(field, "'buckets'", kBucketsKeys);
  if (!mapping) return std::nullopt;
  BucketsConfig buckets;
  buckets.at = field.at();
  buckets.scale = parse_scale(mapping);
  buckets.min = parse_slot(mapping, "min");
  buckets.max = parse_slot(mapping, "max");
  buckets.step = parse_step(mapping);
  if (const auto bounds = mapping.find("bounds")) buckets.bounds = parse_bounds(*bounds);
  buckets.unit = mapping.read("unit", &Field::unit).value_or(buckets.unit);
  if (const auto sum = mapping.find("sum")) parse_sum(*sum, buckets);
  check_scale(mapping, buckets);
  check_range(mapping, buckets);
  check_fixed(buckets, field.diagnostics());
  if (has_bounds(buckets.scale) && buckets.bounds.empty()) return std::nullopt;
  return buckets;
}

}  // namespace

std::optional<BucketsConfig> parse_buckets(const Field& field) {
  if (field.tree().is_mapping()) return parse_mapping(field);
  if (!field.tree().is_sequence()) {
    field.expected("a mapping such as { scale: exp2, max: 26 } or a list of bounds");
    return std::nullopt;
  }
  BucketsConfig buckets;
  buckets.at = field.at();
  buckets.scale = BucketScale::kExplicit;
  buckets.bounds = parse_bounds(field);
  if (buckets.bounds.empty()) return std::nullopt;
  return buckets;
}

}  // namespace bpfmap::config
