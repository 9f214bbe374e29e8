// SPDX-License-Identifier: Apache-2.0
#include "decode/compile_rows.h"

#include <algorithm>
#include <utility>

#include "decode/amount_source.h"
#include "decode/compile/compile_map.h"
#include "decode/field_lookup.h"
#include "decode/metric_kind.h"
#include "decode/numbers/wide_value.h"
#include "decode/row_key.h"
#include "kernel/map_types.h"

namespace bpfmap::decode {
namespace {

bool filters(const config::LabelConfig& label) {
  return label.keep.has_value() || label.drop.has_value();
}

bool has_limits(const config::MapConfig& map) {
  return map.max_series || map.top || map.expire_after ||
         (map.labels && std::any_of(map.labels->begin(), map.labels->end(), filters));
}

class KeepingCompiler {
 public:
  KeepingCompiler(const config::Config& config, const config::MapConfig& map,
                  const kernel::MapInfo& rows, std::uint32_t value_label_bytes,
                  config::Diagnostics& diagnostics)
      : config_(config), map_(map), rows_(rows), diagnostics_(diagnostics) {
    plan_.value_label_bytes = value_label_bytes;
  }

  // `metrics` are those of the map.
  std::optional<RowsPlan> compile(std::vector<MetricFields> metrics) {
    for (MetricFields& metric : metrics) {
      if (!keep_numbers(metric)) return std::nullopt;
    }
    plan_.mode = map_.mode.value;
    plan_.lanes = value_.lanes();
    plan_.shape = wide_shape();
    plan_.max_keys = map_.max_series ? map_.max_series->value : kDefaultMaxKeys;
    if (has_limits(map_) && !add_limits(metrics)) return std::nullopt;
    return RowsPlan{std::move(plan_), make_plan(config_, map_, std::move(metrics)), {}};
  }

  // Prometheus takes every fall of a counter for a restart.
  void mention_counters_that_may_fall(const std::vector<MetricFields>& metrics) const {
    if (map_.mode.value != config::MapMode::kRead) return;
    for (const MetricFields& fields : metrics) {
      const config::MetricConfig& metric = *fields.metric;
      const bool is_counter = metric.kind == config::MetricKind::kCounter;
      if (!is_counter || !AmountSource::of(fields.value)->may_be_negative()) continue;
      diagnostics_.notice(metric.value ? metric.value->at : metric.name.at,
                          "counter '" + metric.name.value + "' reads '" + fields.value.path +
                              "', which is " + fields.value.type->name +
                              " and may fall: rates of it are wrong then, and what is below zero "
                              "is left out. It is a gauge; or 'mode: accumulate' adds up what it "
                              "rises by");
    }
  }

  bool check_mode() {
    const bool deletes = check_deletes();
    return map_.mode.value != config::MapMode::kDrain ? deletes : check_drain() && deletes;
  }

 private:
  std::string kind_name() const {
    return rows_.inner != nullptr ? "a map of maps"
                                  : kernel::with_article(kernel::map_type_name(rows_.shape.type));
  }

  bool check_drain() {
    const std::uint32_t type = rows_.shape.type;
    if (rows_.inner != nullptr || !kernel::is_hash(type)) {
      error(map_.mode.at, "takes entries out of hash maps; '" + map_.map.value + "' is " +
                              kind_name() + " (use mode: accumulate)");
      return false;
    }
    if (map_.reader.value != model::ReaderChoice::kAuto &&
        map_.reader.value != model::ReaderChoice::kBatch) {
      error(map_.reader.at, "reads batches, and no other 'reader'");
      return false;
    }
    return true;
  }

  bool check_deletes() {
    const std::uint32_t type = rows_.shape.type;
    const bool can = rows_.inner == nullptr && kernel::has_deletable_entries(type);
    if (!map_.delete_expired || can) return true;
    diagnostics_.error(map_.expire_after ? map_.expire_after->at : map_.map.at,
                       "delete_expired: entries of '" + map_.map.value +
                           "' cannot be deleted, because it is " + kind_name());
    return false;
  }

  config::Position place() const {
    if (map_.mode.value != config::MapMode::kRead) return map_.mode.at;
    if (map_.max_series) return map_.max_series->at;
    if (map_.top) return map_.top->at;
    return map_.expire_after ? map_.expire_after->at : map_.map.at;
  }

  void error(config::Position at, const std::string& message) {
    const bool is_mode = map_.mode.value != config::MapMode::kRead;
    const char* what =
        map_.mode.value == config::MapMode::kDrain ? "mode drain " : "mode accumulate ";
    diagnostics_.error(at, (is_mode ? what : "a limit of series ") + message);
  }

  kernel::MapShape wide_shape() const {
    kernel::MapShape shape = rows_.shape;
    shape.value_size = value_.words() * 8;
    shape.has_spin_lock = false;
    if (!map_.cpu_label) {
      shape.per_cpu = false;
      shape.cpus = 1;
    }
    return shape;
  }

  static Lane::Kind kind_of(const config::MetricConfig& metric) {
    if (metric.kind != config::MetricKind::kGauge) return Lane::Kind::kCount;
    if (!metric.aggregate) return Lane::Kind::kGaugeSum;
    switch (metric.aggregate->value) {
      case config::Aggregate::kSum: return Lane::Kind::kGaugeSum;
      case config::Aggregate::kMax: return Lane::Kind::kGaugeMax;
      case config::Aggregate::kMin:
        return metric.clock ? Lane::Kind::kEarliest : Lane::Kind::kGaugeMin;
    }
    return Lane::Kind::kGaugeSum;
  }

  // Gives every number that the metric reads a word, from which it is read instead.
  bool keep_numbers(MetricFields& metric) {
    auto part = value_.add(metric.value, kind_of(*metric.metric));
    if (!part) return too_many();
    metric.value = std::move(part->field);
    words_.push_back(std::move(part->words));
    if (!metric.sum) return true;
    const bool may_fall = AmountSource::of(*metric.sum)->may_be_negative();
    auto sum = value_.add(*metric.sum, may_fall ? Lane::Kind::kSum : Lane::Kind::kCount);
    if (!sum) return too_many();
    metric.sum = std::move(sum->field);
    return true;
  }

  bool too_many() {
    error(place(), "keeps at most " + std::to_string(kMostLanes) + " numbers of a value; '" +
                       map_.map.value + "' has more");
    return false;
  }

  // A metric whose labels all have: one with a slot, which is no label of its map, if there is one.
  // Null where metrics have different labels because of it.
  const MetricFields* find_labels(const std::vector<MetricFields>& metrics) {
    const auto has_slot = [](const MetricFields& metric) { return metric.slot.has_value(); };
    const auto found = std::find_if(metrics.begin(), metrics.end(), has_slot);
    if (found == metrics.end()) return &metrics.front();
    if (map_.labels || std::all_of(metrics.begin(), metrics.end(), has_slot)) return &*found;
    error(place(), "needs the labels of map '" + map_.map.value +
                       "' to be listed, since its metrics do not have the same");
    return nullptr;
  }

  bool add_limits(const std::vector<MetricFields>& metrics) {
    SeriesLimits& limits = plan_.limits;
    const MetricFields* const labelled = find_labels(metrics);
    if (labelled == nullptr) return false;
    limits.labels = labelled->labels.of_key;
    // Totals are bounded by key already.
    if (map_.max_series && map_.mode.value == config::MapMode::kRead) {
      limits.max_series = map_.max_series->value;
    }
    if (map_.expire_after) limits.expire_after = map_.expire_after->value;
    limits.delete_expired = map_.delete_expired;
    if (labelled->slot) {
      const kernel::Field& slot = *labelled->slot;
      limits.slot_offset = slot.offset;
      limits.slot_size =
          slot.bit_size == 0 ? slot.type->size : (slot.bit_offset + slot.bit_size + 7) / 8;
    }
    add_top();
    for (const auto& [label, decoder] : labelled->labels.listed) {
      if (!filters(*label)) continue;
      limits.filters.emplace_back(decoder, label->keep ? label->keep->value : "",
                                  label->drop ? label->drop->value : "");
    }
    return true;
  }

  void add_top() {
    if (!map_.top) return;
    plan_.limits.top = map_.top->n;
    for (std::size_t i = 0; i < map_.metrics.size(); ++i) {
      if (map_.top->by && map_.metrics[i].name.value != map_.top->by->value) continue;
      plan_.limits.top_words = words_[i];
      return;
    }
  }

  const config::Config& config_;
  const config::MapConfig& map_;
  const kernel::MapInfo& rows_;
  config::Diagnostics& diagnostics_;
  KeepingPlan plan_;
  WideValue value_;
  std::vector<std::vector<std::uint32_t>> words_;  // of each metric's value
};

bool is_of_bpftrace(const config::MetricConfig& metric) {
  return metric.buckets && (metric.buckets->scale == config::BucketScale::kBpftraceHist ||
                            metric.buckets->scale == config::BucketScale::kBpftraceLhist);
}

// bpftrace puts the slot behind the key that the script gives, as 64 bits; BTF knows but the bytes
// of both. Nothing for other keys.
std::optional<config::ExplicitField> slot_of_bpftrace(const kernel::MapInfo& rows) {
  constexpr std::uint32_t kSlotBytes = 8;
  const Whole key = key_of(rows);
  std::uint32_t end = key.size;
  if (key.type != nullptr) {
    const auto field = kernel::resolve_field(key.type, key.role, key.role);
    if (!field || field->type->is_composite()) return std::nullopt;
    end = field->offset + field->type->size;
  }
  if (end < kSlotBytes) return std::nullopt;
  return config::ExplicitField{end - kSlotBytes, std::nullopt, "u64"};
}

// The map with `bucket` where its maps have it that bpftrace has made.
config::MapConfig with_slots(const config::MapConfig& map, const kernel::MapInfo& rows) {
  config::MapConfig named = map;
  const Whole value = value_of(rows);
  const bool is_number = value.type == nullptr || value.type->is_scalar();
  for (config::MetricConfig& metric : named.metrics) {
    if (!is_of_bpftrace(metric) || metric.bucket || metric.value || !is_number) continue;
    if (auto slot = slot_of_bpftrace(rows)) {
      metric.bucket = config::FieldRef{metric.buckets->at, "", *std::move(slot)};
    }
  }
  return named;
}

}  // namespace

bool needs_cpus_apart(const config::MapConfig& map) {
  if (map.cpu_label) return true;
  if (map.labels &&
      std::any_of(map.labels->begin(), map.labels->end(),
                  [](const config::LabelConfig& label) { return label.is_of_value; })) {
    return true;
  }
  const auto by_offset = [](const std::optional<config::FieldRef>& field) {
    return field && field->bytes;
  };
  return std::any_of(
      map.metrics.begin(), map.metrics.end(), [&](const config::MetricConfig& metric) {
        const bool sums = !metric.aggregate || metric.aggregate->value == config::Aggregate::kSum;
        return !sums || by_offset(metric.value) ||
               (metric.buckets && by_offset(metric.buckets->sum));
      });
}

std::optional<RowsPlan> compile_rows(const config::Config& config,
                                     const config::MapConfig& as_written,
                                     const kernel::MapInfo& rows,
                                     config::Diagnostics& diagnostics) {
  const config::MapConfig map = with_slots(as_written, rows);
  LabelledByValue labelled = label_by_value(map, rows, diagnostics);
  KeepingCompiler keeping(config, labelled.map, labelled.rows, labelled.labels.bytes(),
                          diagnostics);
  const bool fits = keeping.check_mode();
  // Against the map as it is: what is wrong is said in its own terms.
  auto metrics = find_metrics(config, labelled.map, labelled.rows, diagnostics);
  if (!metrics || !fits) return std::nullopt;
  keeping.mention_counters_that_may_fall(*metrics);
  std::optional<RowsPlan> plan;
  if (map.mode.value == config::MapMode::kRead && !has_limits(map)) {
    plan = RowsPlan{std::nullopt, make_plan(config, labelled.map, *std::move(metrics)), {}};
  } else {
    plan = keeping.compile(*std::move(metrics));
  }
  if (plan) plan->value_labels = std::move(labelled.labels);
  return plan;
}

}  // namespace bpfmap::decode
