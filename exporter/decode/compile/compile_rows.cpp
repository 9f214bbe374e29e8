// SPDX-License-Identifier: Apache-2.0
#include "decode/compile_rows.h"

#include <algorithm>
#include <utility>

#include "decode/amount_source.h"
#include "decode/compile/compile_labels.h"
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
  // The map's metrics are known to compile.
  KeepingCompiler(const config::Config& config, const config::MapConfig& map,
                  const kernel::MapInfo& rows, std::uint32_t value_label_bytes,
                  config::Diagnostics& diagnostics)
      : config_(config), map_(map), rows_(rows), diagnostics_(diagnostics), wide_map_(map) {
    plan_.value_label_bytes = value_label_bytes;
  }

  std::optional<RowsPlan> compile() {
    if (!find_numbers()) return std::nullopt;
    plan_.mode = map_.mode.value;
    plan_.lanes = value_.lanes();
    kernel::MapInfo wide = rows_;
    wide.value = value_.type();
    wide.shape = wide_shape(value_.words());
    plan_.shape = wide.shape;
    plan_.max_keys = map_.max_series ? map_.max_series->value : kDefaultMaxKeys;
    if (has_limits(map_) && !add_limits()) return std::nullopt;
    // What there is to say about the metrics was said when they were compiled for the map itself.
    config::Diagnostics silent(config_.source);
    auto samples = compile_map(config_, wide_map_, wide, silent);
    if (!samples) {
      for (const config::Diagnostic& one : silent.all()) {
        if (one.severity == config::Severity::kError) diagnostics_.error(one.at, one.message);
      }
      return std::nullopt;
    }
    return RowsPlan{std::move(plan_), *std::move(samples), {}};
  }

  // Prometheus takes every fall of a counter for a restart.
  void mention_counters_that_may_fall() const {
    if (map_.mode.value != config::MapMode::kRead) return;
    for (const config::MetricConfig& metric : map_.metrics) {
      if (metric.kind != config::MetricKind::kCounter) continue;
      const auto field = field_of(metric);
      const auto amount = field ? AmountSource::of(*field) : std::nullopt;
      if (!amount || !amount->may_be_negative()) continue;
      diagnostics_.notice(metric.value ? metric.value->at : metric.name.at,
                          "counter '" + metric.name.value + "' reads '" + field->path +
                              "', which is " + field->type->name +
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

  kernel::MapShape wide_shape(std::uint32_t words) const {
    kernel::MapShape shape = rows_.shape;
    shape.value_size = words * 8;
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

  // The field that a metric reads where it names one, or else the only one that it can be.
  std::optional<kernel::Field> field_of(const config::MetricConfig& metric) const {
    config::Diagnostics silent(config_.source);
    const Whole value = value_of(rows_);
    if (metric.value) return find_field(*metric.value, value, silent);
    if (value.type == nullptr) return std::nullopt;
    const bool is_array = metric.kind == config::MetricKind::kHistogram && !metric.bucket;
    for (kernel::Field& field : kernel::leaf_fields(value.type, value.role)) {
      if (!is_array || field.type->kind == kernel::TypeKind::kArray) return std::move(field);
    }
    return std::nullopt;
  }

  // Gives every number that a metric reads a word, and the metrics the names of those words.
  bool find_numbers() {
    config::Diagnostics silent(config_.source);
    for (config::MetricConfig& metric : wide_map_.metrics) {
      const auto field = field_of(metric);
      if (!field) return too_many();
      const auto part = value_.add(*field, kind_of(metric));
      if (!part) return too_many();
      metric.value = {metric.name.at, part->name, std::nullopt};
      words_.push_back(part->words);
      if (!metric.buckets || !metric.buckets->sum) continue;
      const auto sum = find_field(*metric.buckets->sum, value_of(rows_), silent);
      const auto amount = sum ? AmountSource::of(*sum) : std::nullopt;
      if (!amount) return too_many();
      const auto sum_part =
          value_.add(*sum, amount->may_be_negative() ? Lane::Kind::kSum : Lane::Kind::kCount);
      if (!sum_part) return too_many();
      metric.buckets->sum = {metric.name.at, sum_part->name, std::nullopt};
    }
    return true;
  }

  bool too_many() {
    error(place(), "keeps at most " + std::to_string(kMostLanes) + " numbers of a value; '" +
                       map_.map.value + "' has more");
    return false;
  }

  // The slot that histograms with a bucket a row have; false where metrics of the map have
  // different labels because of it.
  bool find_slot(std::optional<kernel::Field>& slot) {
    config::Diagnostics silent(config_.source);
    bool some_without = false;
    for (const config::MetricConfig& metric : map_.metrics) {
      if (metric.bucket && !slot) slot = find_field(*metric.bucket, key_of(rows_), silent);
      some_without = some_without || !metric.bucket;
    }
    if (!slot || !some_without || map_.labels) return true;
    error(place(), "needs the labels of map '" + map_.map.value +
                       "' to be listed, since its metrics do not have the same");
    return false;
  }

  bool add_limits() {
    SeriesLimits& limits = plan_.limits;
    std::optional<kernel::Field> slot;
    if (!find_slot(slot)) return false;
    // Labels are reported on when the metrics are compiled.
    config::Diagnostics silent(config_.source);
    config::MapConfig without_cpu = map_;
    without_cpu.cpu_label.reset();
    auto labels = compile_labels(config_, without_cpu, rows_, slot, silent);
    if (!labels) return true;
    limits.labels = std::move(labels->program);
    // Totals are bounded by key already.
    if (map_.max_series && map_.mode.value == config::MapMode::kRead) {
      limits.max_series = map_.max_series->value;
    }
    if (map_.expire_after) limits.expire_after = map_.expire_after->value;
    limits.delete_expired = map_.delete_expired;
    if (slot) {
      limits.slot_offset = slot->offset;
      limits.slot_size =
          slot->bit_size == 0 ? slot->type->size : (slot->bit_offset + slot->bit_size + 7) / 8;
    }
    add_top();
    return add_filters();
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

  bool add_filters() {
    if (!map_.labels) return true;
    config::Diagnostics silent(config_.source);
    for (const config::LabelConfig& label : *map_.labels) {
      if (!filters(label)) continue;
      const auto field = find_field(label.field, key_of(rows_), silent);
      if (!field) continue;
      auto decoder = LabelDecoder::compile(*field, label.decode, label.field.at, silent, &rows_);
      if (!decoder) continue;
      plan_.limits.filters.emplace_back(*std::move(decoder), label.keep ? label.keep->value : "",
                                        label.drop ? label.drop->value : "");
    }
    return true;
  }

  const config::Config& config_;
  const config::MapConfig& map_;
  const kernel::MapInfo& rows_;
  config::Diagnostics& diagnostics_;
  KeepingPlan plan_;
  WideValue value_;
  config::MapConfig wide_map_;                     // metrics read words
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
  auto samples = compile_map(config, labelled.map, labelled.rows, diagnostics);
  if (!samples || !fits) return std::nullopt;
  keeping.mention_counters_that_may_fall();
  std::optional<RowsPlan> plan;
  if (map.mode.value == config::MapMode::kRead && !has_limits(map)) {
    plan = RowsPlan{std::nullopt, *std::move(samples), {}};
  } else {
    plan = keeping.compile();
  }
  if (plan) plan->value_labels = std::move(labelled.labels);
  return plan;
}

}  // namespace bpfmap::decode
