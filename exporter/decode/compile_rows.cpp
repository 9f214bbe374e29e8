// SPDX-License-Identifier: Apache-2.0
#include "decode/compile_rows.h"

#include <algorithm>
#include <utility>

#include "decode/compile_labels.h"
#include "decode/compile_map.h"
#include "decode/field_lookup.h"
#include "decode/row_key.h"
#include "decode/value_field.h"
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
                  const kernel::MapInfo& rows, config::Diagnostics& diagnostics)
      : config_(config), map_(map), rows_(rows), diagnostics_(diagnostics) {}

  // The plan, and what its rows look like.
  std::optional<std::pair<KeepingPlan, kernel::MapInfo>> compile() {
    if (!check_mode()) return std::nullopt;
    const auto value = widen(value_of(rows_).type);
    if (!value) {
      error(place(), "needs the values of map '" + map_.map.value +
                         "' to be numbers that BTF describes, at most " +
                         std::to_string(kMostLanes) + " of them");
      return std::nullopt;
    }
    plan_.mode = map_.mode.value;
    plan_.lanes = value->lanes;
    kernel::MapInfo wide = rows_;
    wide.value = value->type;
    wide.shape = wide_shape(value->words());
    plan_.shape = wide.shape;
    plan_.max_keys = map_.max_series ? map_.max_series->value : kDefaultMaxKeys;
    mark_gauges(wide);
    if (has_limits(map_) && !add_limits(wide)) return std::nullopt;
    return std::pair{std::move(plan_), std::move(wide)};
  }

 private:
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

  bool check_mode() {
    if (map_.mode.value != config::MapMode::kDrain) return true;
    const std::uint32_t type = rows_.shape.type;
    const bool can_drain = kernel::is_hash(type) && rows_.inner == nullptr;
    if (!can_drain) {
      error(map_.mode.at, "takes entries out of hash maps; '" + map_.map.value + "' is " +
                              kernel::with_article(kernel::map_type_name(type)) +
                              " (use mode: accumulate)");
    } else if (map_.reader.value != config::ReaderKind::kAuto &&
               map_.reader.value != config::ReaderKind::kBatch) {
      error(map_.reader.at, "reads batches, and no other 'reader'");
      return false;
    }
    return can_drain;
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

  // What is wrong with these fields is reported when the metrics are compiled.
  std::vector<std::uint32_t> words_of(const config::MetricConfig& metric,
                                      const kernel::MapInfo& wide) {
    config::Diagnostics silent(config_.source);
    std::vector<std::uint32_t> words;
    if (metric.kind == config::MetricKind::kHistogram && !metric.bucket) {
      if (!metric.value) return words;
      const auto field = find_field(*metric.value, value_of(wide), silent);
      if (!field) return words;
      for (std::uint32_t word = 0; word < field->type->size / 8; ++word) {
        words.push_back(field->offset / 8 + word);
      }
      return words;
    }
    const auto number = number_in_value(metric.value, value_of(wide), metric.name.at, silent);
    if (number) words.push_back(number->offset() / 8);
    return words;
  }

  void mark_gauges(const kernel::MapInfo& wide) {
    for (const config::MetricConfig& metric : map_.metrics) {
      if (metric.kind != config::MetricKind::kGauge) continue;
      Lane::Kind kind = Lane::Kind::kGaugeSum;
      if (metric.aggregate && metric.aggregate->value == config::Aggregate::kMax) {
        kind = Lane::Kind::kGaugeMax;
      } else if (metric.aggregate && metric.aggregate->value == config::Aggregate::kMin) {
        kind = Lane::Kind::kGaugeMin;
      }
      for (const std::uint32_t word : words_of(metric, wide)) plan_.lanes.at(word).kind = kind;
    }
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

  bool add_limits(const kernel::MapInfo& wide) {
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
    add_top(wide);
    return add_filters();
  }

  void add_top(const kernel::MapInfo& wide) {
    if (!map_.top) return;
    plan_.limits.top = map_.top->n;
    for (const config::MetricConfig& metric : map_.metrics) {
      if (map_.top->by && metric.name.value != map_.top->by->value) continue;
      plan_.limits.top_words = words_of(metric, wide);
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
      auto decoder = LabelDecoder::compile(*field, label.decode, label.field.at, silent);
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
};

}  // namespace

bool needs_cpus_apart(const config::MapConfig& map) {
  if (map.cpu_label) return true;
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

std::optional<RowsPlan> compile_rows(const config::Config& config, const config::MapConfig& map,
                                     const kernel::MapInfo& rows,
                                     config::Diagnostics& diagnostics) {
  if (map.mode.value == config::MapMode::kRead && !has_limits(map)) {
    auto samples = compile_map(config, map, rows, diagnostics);
    if (!samples) return std::nullopt;
    return RowsPlan{std::nullopt, *std::move(samples)};
  }
  auto kept = KeepingCompiler(config, map, rows, diagnostics).compile();
  if (!kept) return std::nullopt;
  auto samples = compile_map(config, map, kept->second, diagnostics);
  if (!samples) return std::nullopt;
  return RowsPlan{std::move(kept->first), *std::move(samples)};
}

}  // namespace bpfmap::decode
