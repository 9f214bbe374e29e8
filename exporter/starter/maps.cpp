// SPDX-License-Identifier: Apache-2.0
#include "starter/maps.h"

#include <algorithm>

#include "base/text.h"
#include "collect/lost_updates.h"
#include "decode/number_source.h"
#include "decode/row_key.h"
#include "kernel/map_types.h"
#include "starter/code.h"
#include "starter/events.h"
#include "starter/labels.h"
#include "starter/labels_by_code.h"
#include "starter/metrics.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

using kernel::Access;
using kernel::MapInfo;

std::string room_of(const MapInfo& map) {
  const std::uint32_t most = map.shape.max_entries;
  if (most == 0) return {};
  if (kernel::is_event_stream(map.shape.type)) return ", " + counted(most, "byte");
  return (kernel::is_array(map.shape.type) ? ", " : ", at most ") + std::to_string(most) +
         (most == 1 ? " entry" : " entries");
}

// `origin` is what the entry begins with: "map: packets".
std::string head(const MapInfo& map, const std::string& origin) {
  return comment(kernel::map_type_name(map.shape.type) + room_of(map) + ".", "  ") + "  - " +
         origin + "\n";
}

std::string own_origin(const MapInfo& map) { return "map: " + scalar(map.name); }

// Settings that follow from the type, and those that are worth a thought.
std::string settings(const MapInfo& rows, bool has_single_row, bool has_totals) {
  std::string text;
  const std::uint32_t type = rows.shape.type;
  if (kernel::is_array(type) && !has_single_row) {
    text += comment("an array has an entry for every index, used or not", "    ");
    text += "    skip_zero: true\n";
  }
  if (kernel::is_lru(type) && has_totals) {
    text += comment("An LRU map forgets entries long before it is full. Totals that outlive them:",
                    "    ");
    text += "    # mode: accumulate\n    # interval: 1s\n";
  }
  if (rows.shape.per_cpu) {
    text += comment("CPUs are added up; `cpu: true` makes a label of them.", "    ");
  }
  return text;
}

// What the rows of a map look like: of a map of maps those of the maps in it.
MapInfo rows_of(const MapInfo& map) {
  if (map.inner == nullptr) return map;
  MapInfo rows = rows_of(*map.inner);
  rows.name = map.name;
  return decode::with_suffix(rows, decode::kOuterKey, decode::key_or_bytes(map));
}

// The only map that holds stacks.
std::string stack_map_of(const MapInfo& map) {
  if (map.stacks == nullptr || map.stacks->size() != 1) return {};
  return map.stacks->front()->name();
}

std::string row_labels(const MapInfo& map, const MapInfo& rows, const std::string& slot,
                       const CodeFacts& code) {
  if (kernel::is_lpm_trie(rows.shape.type)) return labels_yaml(labels_of_trie(rows));
  const decode::Whole key = decode::key_of(rows);
  const std::string only =
      code.use == nullptr || !slot.empty() ? std::string() : only_key(key, {code.use, {}});
  if (!only.empty()) {
    return comment(
               "with the settings of the object (`globals`) as they are, programs use one key "
               "only: " +
                   only,
               "    ") +
           "    labels: {}\n";
  }
  // What a map of maps is "by" is the key that leads to the maps in it.
  const std::string name = map.inner == nullptr ? map.name : std::string();
  return labels_yaml(labels_of(name, key, slot, {code.use, stack_map_of(map)}));
}

MapEntry row_entry(const MapInfo& map, const std::string& origin, MetricNamer& namer,
                   const CodeFacts& code) {
  const MapInfo rows = rows_of(map);
  const MapMetrics metrics = metrics_of_rows(rows, "map", namer, code);
  MapEntry entry;
  if (metrics.metrics.empty()) {
    entry.left_out = metrics.left_out.empty()
                         ? "nothing in its value is a number"
                         : "no metric in its value (" + metrics.left_out.front() + ")";
    return entry;
  }
  if (metrics.is_bookkeeping) {
    entry.is_bookkeeping = true;
    entry.left_out = "its value looks like a time stamp, a note of the programs to themselves";
  }
  const bool has_single_row = kernel::is_array(rows.shape.type) && rows.shape.max_entries == 1;
  const bool has_totals = std::none_of(
      metrics.metrics.begin(), metrics.metrics.end(),
      [](const MetricDraft& metric) { return metric.kind == config::MetricKind::kGauge; });
  entry.yaml = head(map, origin) + settings(rows, has_single_row || metrics.by_slot, has_totals);
  if (!has_single_row) entry.yaml += row_labels(map, rows, metrics.slot, code);
  entry.yaml += metrics_yaml(metrics);
  return entry;
}

// Programs reach the maps in a map of maps by ways that their code is not followed on.
MapEntry own_row_entry(const kernel::Object& object, const MapInfo& map, MetricNamer& namer,
                       const kernel::MemoryUse* use) {
  CodeFacts code{clock_of(object.clocks_read()), map.inner == nullptr ? use : nullptr};
  bool may_do = false;
  std::string why = code.use == nullptr ? std::string() : why_not_by_code(*code.use, may_do);
  if (why.empty()) return row_entry(map, own_origin(map), namer, code);
  MapEntry entry;
  if (may_do) {
    // What the code says of fields speaks against the map as a whole.
    code.use = nullptr;
    entry = row_entry(map, own_origin(map), namer, code);
    entry.is_bookkeeping = !entry.yaml.empty();
  }
  entry.left_out = std::move(why);
  return entry;
}

std::string why_not(const MapInfo& map) {
  if (map.name == collect::kLostUpdatesMap) return "exported without being asked for";
  if (map.inner != nullptr) return why_not(*map.inner);
  const std::uint32_t type = map.shape.type;
  if (kernel::access_of(type) == Access::kEvents) return {};
  if (kernel::access_of(type) == Access::kStorage && map.shape.has_spin_lock) {
    return "values with a bpf_spin_lock cannot be read by the iterator that such maps need";
  }
  const std::string reason = kernel::why_not_walkable(type);
  if (reason.empty()) return {};
  return kernel::with_article(kernel::map_type_name(type)) + ": " + reason;
}

}  // namespace

MapEntry map_entry(const kernel::Object& object, const MapInfo& map, MetricNamer& namer,
                   const kernel::MemoryUse* use) {
  MapEntry entry;
  entry.left_out = why_not(map);
  if (!entry.left_out.empty()) return entry;
  if (!kernel::is_event_stream(map.shape.type)) {
    return own_row_entry(object, map, namer, use);
  }
  EventEntry events = event_entry(object, map, namer, use);
  if (events.yaml.empty()) {
    entry.left_out = events.problem;
  } else {
    entry.yaml = head(map, own_origin(map)) + events.yaml;
  }
  return entry;
}

MapEntry foreign_map_entry(const MapInfo& map, const std::string& origin, MetricNamer& namer) {
  MapEntry entry;
  entry.left_out = kernel::is_event_stream(map.shape.type)
                       ? "its events are for the process that reads them"
                       : why_not(map);
  return entry.left_out.empty() ? row_entry(map, origin, namer, {}) : entry;
}

VariableEntry own_variable_entry(const kernel::GlobalInfo& variable, MetricNamer& namer,
                                 const kernel::MemoryUse* use) {
  if (use == nullptr)
    return {variable_entry(variable, "variable: " + scalar(variable.name), namer)};
  // Settings are only read, and blank values for maps only copied.
  const bool is_constant = !use->escapes && !use->changes() && (use->read || use->sent);
  if (is_constant || use->used_otherwise) return {};
  const bool adds_up = !use->escapes && (!use->grows.empty() || !use->counted_by.empty());
  return {variable_entry(variable, "variable: " + scalar(variable.name), namer, {{}, use}),
          adds_up};
}

std::string variable_entry(const kernel::GlobalInfo& variable, const std::string& origin,
                           MetricNamer& namer, const CodeFacts& code) {
  MapInfo rows;
  rows.name = variable.name;
  const bool is_array =
      variable.type->kind == kernel::TypeKind::kArray && !variable.type->is_text();
  rows.value = is_array ? variable.type->element : variable.type;
  rows.key = kernel::explicit_type("u32");
  rows.shape = {kernel::kArrayType, sizeof(std::uint32_t), rows.value->size,
                is_array ? variable.type->count : 1};
  const MapMetrics metrics = metrics_of_rows(rows, "variable", namer, code);
  if (metrics.metrics.empty()) return {};
  std::string text =
      comment(variable.type->name + " in " + variable.section + ".", "  ") + "  - " + origin + "\n";
  if (rows.shape.max_entries > 1) {
    text += "    skip_zero: true\n";
    text += labels_yaml(labels_of(variable.name, decode::key_of(rows), metrics.slot));
  }
  return text + metrics_yaml(metrics);
}

}  // namespace bpfmap::starter
