// SPDX-License-Identifier: Apache-2.0
#include "starter/histograms.h"

#include <utility>

#include "decode/number_source.h"
#include "kernel/map_types.h"
#include "starter/origins.h"
#include "starter/words.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

using kernel::Field;
using kernel::TypeKind;
using Words = std::vector<std::string>;

constexpr std::string_view kSlots[] = {"slot", "bucket"};
constexpr std::string_view kHistograms[] = {"slots", "buckets",      "hist",
                                            "hists", "histogram",    "histograms",
                                            "dist",  "distribution", "latencies"};
constexpr std::string_view kSums[] = {"total", "sum"};
constexpr std::uint32_t kUsualMax = 26;     // 67 s in microseconds
constexpr std::uint32_t kFewestUsual = 16;  // slots of an array that has no telling name
constexpr std::uint32_t kMostUsual = 64;    // as many as a number has bits
constexpr std::uint32_t kMostSlots = 1001;  // more is refused

bool is_count(const kernel::Type& type) {
  return type.kind == TypeKind::kUnsigned && (type.size == 4 || type.size == 8);
}

struct Observed {
  std::string unit;    // empty: counts or nothing known
  std::string suffix;  // of the name
  std::string why;
};

// In what the observations are, by the first of these names that says so.
Observed observed_in(std::initializer_list<const Words*> names) {
  for (const Words* words : names) {
    if (const auto unit = unit_of(*words)) {
      return {unit->yaml == "1B" ? "" : unit->yaml, unit->suffix,
              "in units of " + unit->yaml + ", as a name says"};
    }
  }
  for (const Words* words : names) {
    if (means_time(*words)) {
      return {"1us", "seconds", "guess: microseconds, because a name means time"};
    }
  }
  return {"", "", "no name says in which unit: add `unit: 1us` or the like to the buckets"};
}

MetricDraft draft(const kernel::MapInfo& map, const Words& field, const Observed& observed,
                  MetricNamer& namer) {
  MetricDraft metric;
  metric.kind = config::MetricKind::kHistogram;
  metric.name =
      namer.name(words_of(map.name), field, observed.suffix, config::MetricKind::kHistogram);
  metric.help = "Distribution in map " + map.name + ".";
  return metric;
}

// The field of the value that is the sum of all observations.
std::string find_sum(std::span<const UsableField> fields, const std::string& array) {
  for (const UsableField& usable : fields) {
    const bool is_integer = usable.field.type->kind == TypeKind::kUnsigned ||
                            usable.field.type->kind == TypeKind::kSigned;
    if (!is_integer || usable.field.path == array) continue;
    if (!first_of(words_of(usable.field.path), kSums).empty()) return usable.field.path;
  }
  return {};
}

// The field of the key that says which bucket a row is; empty where none does.
std::string find_slot(const kernel::MapInfo& map) {
  const decode::Whole key = decode::key_of(map);
  if (key.type == nullptr) return {};
  const std::vector<UsableField> fields = usable_fields(key);
  for (const UsableField& usable : fields) {
    const Words words = words_of(usable.field.path);
    const bool is_integer = usable.field.type->kind == TypeKind::kUnsigned ||
                            usable.field.type->kind == TypeKind::kSigned;
    if (is_integer && !words.empty() && !first_of({words.back()}, kSlots).empty()) {
      return usable.field.path;
    }
  }
  const Words words = words_of(map.name);
  const bool is_index = kernel::is_array(map.shape.type) && map.shape.max_entries > 2 &&
                        map.shape.max_entries <= kMostSlots;
  const bool says_so = !first_of(words, kHistograms).empty() || !first_of(words, kSlots).empty();
  return is_index && says_so && fields.size() == 1 ? fields.front().field.path : std::string();
}

std::string buckets(const std::string& scale, const std::string& unit,
                    std::optional<std::uint32_t> max, const std::string& sum) {
  std::string text = "{ " + scale;
  if (max) text += ", max: " + std::to_string(*max);
  if (!unit.empty()) text += ", unit: " + unit;
  if (!sum.empty()) text += ", sum: " + scalar(sum);
  return text;
}

// What the slots mean, which no type says.
struct SlotGuess {
  std::string scale;  // YAML
  std::string why;
  bool is_guess = true;
};

SlotGuess guess_slots(std::initializer_list<const Words*> names) {
  constexpr std::string_view kLinear[] = {"linear", "lin", "lhist"};
  for (const Words* words : names) {
    if (first_of(*words, kLinear).empty()) continue;
    return {"scale: linear",
            "Linear (guess, by a name): slot i holds the value i. Where it holds a range, add "
            "`step`; where the program divides, which rounds down, it is linear_floor"};
  }
  return {
      "scale: log2",
      "log2 (guess): slot i holds 2^i to 2^(i+1)-1, as most programs count. To tell: a program "
      "that counts 4 together with 5 to 7 rounds down, which is log2; one that counts it "
      "together with 3 rounds up (bpfmap_exp2_slot()), and it is exp2; log2l() of bcc adds one, "
      "and it is bcc_hist; a slot that is the value itself is linear"};
}

// Of slots whose numbers are made as `by_code` says, or else by names.
SlotGuess slots_of(const std::optional<SlotScale>& by_code,
                   std::initializer_list<const Words*> names) {
  if (by_code) return {by_code->yaml, "The slots are " + by_code->why, false};
  return guess_slots(names);
}

// As YAML; what `check` mentions until it is confirmed where it is a guess.
std::string slot_buckets(const SlotGuess& guess, const std::string& unit,
                         std::optional<std::uint32_t> max, const std::string& sum) {
  return "buckets: " + buckets(guess.scale, unit, max, sum) +
         (guess.is_guess ? ", guessed: true }" : " }");
}

std::optional<SlotScale> scale_in_key(const kernel::MapInfo& map, const std::string& slot,
                                      const kernel::MemoryUse* use) {
  if (use == nullptr || use->other_keys) return std::nullopt;
  const decode::Whole key = decode::key_of(map);
  const auto field = kernel::resolve_field(key.type, slot, key.role);
  const auto part = field ? use->keys.find(field->offset) : use->keys.end();
  return part == use->keys.end() ? std::nullopt : scale_of_slots(part->second.origin, 1);
}

std::optional<SlotScale> scale_in_value(const Field& array, const kernel::MemoryUse* use) {
  if (use == nullptr) return std::nullopt;
  const auto number = use->counted_by.find(array.offset);
  if (number == use->counted_by.end()) return std::nullopt;
  return scale_of_slots(number->second, array.type->element->size);
}

std::optional<Unit> sum_by_code(std::span<const UsableField> fields, const std::string& sum,
                                const kernel::MemoryUse* use) {
  for (const UsableField& usable : fields) {
    if (use != nullptr && usable.field.path == sum) return unit_by_code(*use, usable.field.offset);
  }
  return std::nullopt;
}

// By the code or by its name.
std::optional<Unit> unit_of_sum(std::span<const UsableField> fields, const std::string& sum,
                                const kernel::MemoryUse* use) {
  const auto by_code = sum_by_code(fields, sum, use);
  return by_code ? by_code : unit_of(words_of(sum));
}

// In what the observations are, by the code or else by names.
Observed observed_by(const std::optional<SlotScale>& by_code, const std::optional<Unit>& sum,
                     std::initializer_list<const Words*> names) {
  const bool is_known = by_code && by_code->unit;
  if (!is_known && sum) {
    return {sum->yaml, sum->suffix, "in units of " + sum->yaml + ", as its sum is by the code"};
  }
  if (!is_known) return observed_in(names);
  const Unit& unit = *by_code->unit;
  if (unit.suffix.empty()) return {unit.yaml, "", "in units of " + unit.yaml + ", by the code"};
  return {unit.yaml, unit.suffix,
          "of a time that has passed, in units of " + unit.yaml + ", by the code"};
}

}  // namespace

std::uint32_t usual_max(const std::string& unit) {
  return unit == "1ns" ? 36 : unit == "1us" ? 26 : unit == "1ms" ? 16 : 10;
}

std::string exp2_buckets(const std::string& unit, std::uint32_t max) {
  return buckets("scale: exp2", unit, max, {}) + " }";
}

std::optional<HistogramDraft> histogram_by_slot(const kernel::MapInfo& map,
                                                std::span<const UsableField> value,
                                                const kernel::MemoryUse* use, MetricNamer& namer) {
  const std::string slot = find_slot(map);
  if (slot.empty() || value.size() != 1 || !is_count(*value.front().field.type)) {
    return std::nullopt;
  }
  const Words map_words = words_of(map.name);
  const Words slot_words = words_of(slot);
  const auto by_code = scale_in_key(map, slot, use);
  const Observed observed = observed_by(by_code, {}, {&slot_words, &map_words});
  const SlotGuess guess = slots_of(by_code, {&slot_words, &map_words});
  const bool is_index = kernel::is_array(map.shape.type);
  const std::uint32_t max = is_index ? map.shape.max_entries - 2 : kUsualMax;
  HistogramDraft histogram{draft(map, {}, observed, namer), slot, {}};
  histogram.metric.more = {"bucket: " + scalar(slot), slot_buckets(guess, observed.unit, max, {})};
  histogram.metric.why =
      "histogram: '" + slot + "' of the key is the bucket; " + observed.why + ". " + guess.why +
      ". `max` is the last finite slot" +
      (is_index ? ", one below the last, which programs use for all that is larger"
                : ": what is above it counts into +Inf") +
      ". Where the program keeps the sum in the slot behind it: sum: { key: " +
      std::to_string(max + 1) + " }";
  if (value.front().field.path != "value") {
    histogram.metric.value = scalar(value.front().field.path);
  }
  return histogram;
}

std::optional<HistogramDraft> histogram_in_value(const kernel::MapInfo& map, const Field& array,
                                                 std::span<const UsableField> fields,
                                                 const kernel::MemoryUse* use, MetricNamer& namer) {
  const kernel::Type& type = *array.type;
  if (type.kind != TypeKind::kArray || !is_count(*type.element)) return std::nullopt;
  if (type.count < 3 || type.count > kMostSlots) return std::nullopt;
  const Words own = words_of(array.path);
  const Words map_words = words_of(map.name);
  const bool is_whole = array.path == "value";
  const bool named = !first_of(own, kHistograms).empty() ||
                     (is_whole && !first_of(map_words, kHistograms).empty());
  if (!named && (type.count < kFewestUsual || type.count > kMostUsual)) return std::nullopt;
  const auto by_code = scale_in_value(array, use);
  if (!named && by_code && by_code->is_index) return std::nullopt;
  std::string sum = find_sum(fields, array.path);
  const Words sum_words = words_of(sum);
  const Observed observed =
      observed_by(by_code, sum_by_code(fields, sum, use), {&own, &sum_words, &map_words});
  // A sum in another unit than the buckets' would be wrong by a factor.
  const auto sum_unit = unit_of_sum(fields, sum, use);
  if (sum_unit && sum_unit->yaml != (observed.unit.empty() ? "1B" : observed.unit)) sum.clear();
  HistogramDraft histogram{draft(map, is_whole ? Words() : own, observed, namer), {}, sum};
  if (!is_whole || fields.size() > 1) histogram.metric.value = scalar(array.path);
  const SlotGuess guess = slots_of(by_code, {&own, &map_words});
  histogram.metric.more = {slot_buckets(guess, observed.unit, std::nullopt, sum)};
  histogram.metric.why = "histogram: an array of " + std::to_string(type.count) + " counts" +
                         (named ? " by its name" : ", by its length (guess)") + "; " +
                         observed.why + ". " + guess.why;
  return histogram;
}

}  // namespace bpfmap::starter
