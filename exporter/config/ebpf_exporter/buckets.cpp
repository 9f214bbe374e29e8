// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <limits>

#include "config/ebpf_exporter/parts.h"

namespace bpfmap::config {
namespace {

constexpr std::int64_t kLargestBucket = std::numeric_limits<std::int32_t>::max();

std::optional<Located<std::int64_t>> parse_bucket_number(const Mapping& histogram,
                                                         std::string_view key) {
  const auto field = histogram.find(key);
  const auto slot = field ? field->signed_integer(0, kLargestBucket) : std::nullopt;
  if (!slot) return std::nullopt;
  return Located<std::int64_t>{*slot, field->at()};
}

BucketScale parse_type(const Mapping& histogram) {
  static const Names<BucketScale> types = {{"exp2", BucketScale::kExp2},
                                           {"exp2zero", BucketScale::kExp2Zero},
                                           {"linear", BucketScale::kLinear},
                                           {"fixed", BucketScale::kFixed}};
  const auto type = histogram.require("bucket_type");
  return type ? type->one_of(types).value_or(BucketScale::kExp2) : BucketScale::kExp2;
}

// In any order, and without those that stand there twice.
std::vector<Located<double>> parse_keys(const Field& field) {
  constexpr std::uint64_t kExact = std::uint64_t{1} << 53U;
  std::vector<Located<double>> keys;
  const std::vector<Tree>* items = field.list();
  if (items == nullptr) return keys;
  if (items->empty()) field.error("must not be empty");
  for (const Tree& item : *items) {
    const Field key(item, "bucket key", field.diagnostics());
    if (const auto value = key.unsigned_integer(0, kExact)) {
      keys.push_back({static_cast<double>(*value), key.at()});
    }
  }
  std::sort(keys.begin(), keys.end(),
            [](const auto& a, const auto& b) { return a.value < b.value; });
  const auto same = std::unique(keys.begin(), keys.end(),
                                [](const auto& a, const auto& b) { return a.value == b.value; });
  keys.erase(same, keys.end());
  return keys;
}

bool parse_fixed(const Mapping& histogram, BucketsConfig& buckets) {
  for (const std::string_view key : {"bucket_min", "bucket_max"}) {
    if (!histogram.has(key)) continue;
    histogram.diagnostics().warning(histogram.key_position(key),
                                    "'" + std::string(key) +
                                        "' means nothing where 'bucket_keys' says which buckets "
                                        "there are");
  }
  const auto keys = histogram.require("bucket_keys");
  if (!keys) return false;
  buckets.bounds = parse_keys(*keys);
  if (buckets.bounds.empty()) return false;
  const auto last = static_cast<std::uint64_t>(buckets.bounds.back().value);
  buckets.sum_key = {last + 1, keys->at()};
  return true;
}

bool parse_range(const Mapping& histogram, BucketsConfig& buckets) {
  if (histogram.has("bucket_keys")) {
    histogram.diagnostics().warning(histogram.key_position("bucket_keys"),
                                    "'bucket_keys' means nothing without 'bucket_type: fixed'");
  }
  buckets.min = parse_bucket_number(histogram, "bucket_min");
  if (!histogram.require("bucket_max")) return false;
  buckets.max = parse_bucket_number(histogram, "bucket_max");
  if (!buckets.max) return false;
  if (buckets.min && buckets.min->value > buckets.max->value) {
    histogram.find("bucket_max")
        ->error("expected at least 'bucket_min', which is " + std::to_string(buckets.min->value) +
                ", found '" + std::to_string(buckets.max->value) + "'");
  }
  buckets.sum_key = {static_cast<std::uint64_t>(buckets.max->value) + 1, buckets.max->at};
  return true;
}

// Left out or 0: 1.
Ratio parse_multiplier(const Mapping& histogram) {
  const auto field = histogram.find("bucket_multiplier");
  if (!field) return {};
  if (field->tree().is_scalar() && field->number() == 0.0) return {};
  const auto multiplier = field->factor();
  if (multiplier && multiplier->numerator < 0) {
    field->error("expected a number above zero, found " + in_quotes(field->tree().scalar));
  }
  return multiplier.value_or(Ratio{});
}

struct GoUnit {
  std::string_view name;
  double seconds;
};
// Longer names first: "ms" is no "m".
constexpr GoUnit kGoUnits[] = {{"ns", 1e-9}, {"us", 1e-6}, {"µs", 1e-6}, {"ms", 1e-3},
                               {"s", 1},     {"m", 60},    {"h", 3600}};

// One number and its unit; 0 where there is none.
double take_go_term(std::string_view& text) {
  double number = 0;
  const auto [end, failed] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (failed != std::errc{} || number < 0) return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  for (const GoUnit& unit : kGoUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return number * unit.seconds;
  }
  text = {};
  return 0;
}

}  // namespace

std::optional<Duration> parse_go_duration(const Field& field) {
  constexpr double kMostSeconds = 100.0 * 366 * 24 * 3600;
  double seconds = 0;
  std::string_view text = field.tree().is_scalar() ? field.tree().scalar : std::string_view();
  while (!text.empty()) {
    const double term = take_go_term(text);
    if (term == 0) {
      seconds = 0;
      break;
    }
    seconds += term;
  }
  if (seconds > 0 && seconds < kMostSeconds) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  }
  field.expected("a duration such as 30m or 1h30m");
  return std::nullopt;
}

std::optional<BucketsConfig> parse_ebpf_exporter_buckets(const Mapping& histogram) {
  BucketsConfig buckets;
  buckets.at = histogram.field().at();
  buckets.scale = parse_type(histogram);
  buckets.unit = parse_multiplier(histogram);
  const bool is_fixed = buckets.scale == BucketScale::kFixed;
  const bool parsed = is_fixed ? parse_fixed(histogram, buckets) : parse_range(histogram, buckets);
  if (!parsed) return std::nullopt;
  return buckets;
}

}  // namespace bpfmap::config
