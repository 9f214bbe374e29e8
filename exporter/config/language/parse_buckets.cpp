// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <limits>

#include "config/language/parts.h"

namespace bpfmap::config {
namespace {

constexpr auto kBucketsKeys = std::to_array<std::string_view>(
    {"scale", "min", "max", "step", "bounds", "bits", "unit", "sum", "guessed"});

constexpr auto kSumKeys = std::to_array<std::string_view>({"key"});

// Slots are small: programs count into arrays. Keeps arithmetic on them far from overflow.
constexpr std::int64_t kLargestSlot = std::numeric_limits<std::int32_t>::max();

// Keeps the bounds of lhist() exact.
constexpr std::int64_t kLargestArgument = std::int64_t{1} << 52U;

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
                                            {"log2", BucketScale::kLog2},
                                            {"bcc_hist", BucketScale::kBccHist},
                                            {"bpftrace_hist", BucketScale::kBpftraceHist},
                                            {"bpftrace_lhist", BucketScale::kBpftraceLhist},
                                            {"linear", BucketScale::kLinear},
                                            {"linear_floor", BucketScale::kLinearFloor},
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

bool has_step(BucketScale scale) {
  return scale == BucketScale::kLinear || scale == BucketScale::kLinearFloor ||
         scale == BucketScale::kBpftraceLhist;
}

// Slots of scales that begin with zero. What BPF programs count into slots below is a mistake.
void check_first_slot(const Mapping& mapping, const BucketsConfig& buckets) {
  const bool begins_at_zero =
      buckets.scale == BucketScale::kLog2 || buckets.scale == BucketScale::kBccHist ||
      buckets.scale == BucketScale::kBpftraceHist || buckets.scale == BucketScale::kLinearFloor;
  if (!begins_at_zero || !buckets.min || buckets.min->value >= 0) return;
  mapping.find("min")->error("the slots of this scale begin with 0");
}

// What belongs to one scale only.
void check_scale(const Mapping& mapping, const BucketsConfig& buckets) {
  const auto refuse = [&](std::string_view key, std::string_view message) {
    if (mapping.has(key)) {
      mapping.diagnostics().error(mapping.key_position(key), std::string(message));
    }
  };
  if (!has_step(buckets.scale)) refuse("step", "only 'scale: linear' has 'step'");
  if (buckets.scale != BucketScale::kBpftraceHist) {
    refuse("bits", "only 'scale: bpftrace_hist' has 'bits'");
  }
  check_first_slot(mapping, buckets);
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

// The bound of a slot that rounds down is the whole number before the next slot.
void check_floor(const Mapping& mapping, const BucketsConfig& buckets) {
  if (buckets.scale != BucketScale::kLinearFloor || !buckets.step) return;
  if (buckets.step->value == std::floor(buckets.step->value)) return;
  mapping.find("step")->error("slots that round down have steps that are whole numbers, found " +
                              in_quotes(mapping.find("step")->tree().scalar));
}

// The arguments of lhist(min, max, step), as bpftrace checks them.
void parse_lhist(const Mapping& mapping, BucketsConfig& buckets) {
  const auto argument = [&](std::string_view key) -> std::optional<std::int64_t> {
    const auto field = mapping.require(key);
    return field ? field->signed_integer(-kLargestArgument, kLargestArgument) : std::nullopt;
  };
  const auto min = argument("min");
  const auto max = argument("max");
  const auto step = argument("step");
  if (!min || !max || !step) return;
  buckets.lhist = {*min, *max, *step};
  if (*max <= *min) {
    mapping.find("max")->error("expected more than 'min', which is " + std::to_string(*min));
  } else if (*step <= 0 || *step > *max - *min) {
    mapping.find("step")->error("expected 1 to 'max' less 'min', which is " +
                                std::to_string(*max - *min));
  }
}

std::uint32_t parse_bits(const Mapping& mapping) {
  constexpr std::uint64_t kMostBits = 5;
  const auto field = mapping.find("bits");
  const auto bits = field ? field->unsigned_integer(0, kMostBits) : std::nullopt;
  return static_cast<std::uint32_t>(bits.value_or(0));
}

void parse_guessed(const Mapping& mapping, BucketsConfig& buckets) {
  const auto field = mapping.find("guessed");
  if (!field || !field->boolean().value_or(false)) return;
  buckets.guessed = field->at();
  mapping.diagnostics().notice(
      mapping.key_position("guessed"),
      "the scale of these buckets is a guess: compare it with how the program makes slots "
      "(docs/configuration.md, 'scale of buckets'), then take 'guessed' out");
}

// Which slots there are, and what they mean.
void parse_slots(const Mapping& mapping, BucketsConfig& buckets) {
  if (buckets.scale == BucketScale::kBpftraceLhist) return parse_lhist(mapping, buckets);
  buckets.min = parse_slot(mapping, "min");
  buckets.max = parse_slot(mapping, "max");
  buckets.step = parse_step(mapping);
  check_floor(mapping, buckets);
  buckets.bits = parse_bits(mapping);
}

std::optional<BucketsConfig> parse_mapping(const Field& field) {
  const Mapping mapping(field, "'buckets'", kBucketsKeys);
  if (!mapping) return std::nullopt;
  BucketsConfig buckets;
  buckets.at = field.at();
  buckets.scale = parse_scale(mapping);
  parse_slots(mapping, buckets);
  parse_guessed(mapping, buckets);
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
