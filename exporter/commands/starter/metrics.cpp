// SPDX-License-Identifier: Apache-2.0
#include "commands/starter/metrics.h"

#include <algorithm>
#include <utility>

#include "commands/starter/fields.h"
#include "commands/starter/histograms.h"
#include "commands/starter/words.h"
#include "commands/starter/yaml.h"
#include "decode/amount_source.h"
#include "decode/metric_names.h"

namespace bpfmap::commands::starter {
namespace {

using config::MetricKind;
using kernel::Field;
using kernel::TypeKind;
using Words = std::vector<std::string>;

constexpr std::uint32_t kMostElements = 8;  // of an array that is no histogram: each is a metric

constexpr std::string_view kTimeStamps[] = {"ts",      "timestamp", "stamp",   "since",
                                            "start",   "begin",     "started", "began",
                                            "expires", "deadline",  "ktime",   "starts"};
constexpr std::string_view kTotals[] = {"total", "totals", "count", "counts", "counter", "sum"};
constexpr std::string_view kGauges[] = {
    "depth",    "size",  "current",  "cur",       "max",         "min",    "inflight",   "flight",
    "active",   "open",  "pending",  "level",     "usage",       "used",   "free",       "avg",
    "average",  "mean",  "last",     "latest",    "peak",        "ratio",  "percent",    "pct",
    "capacity", "limit", "backlog",  "length",    "len",         "queued", "state",      "enabled",
    "weight",   "prio",  "priority", "highwater", "temperature", "rate",   "threshold",  "flags",
    "mode",     "port",  "ports",    "id",        "pid",         "tgid",   "utilization"};
constexpr std::string_view kCounters[] = {
    "calls",  "packets",  "pkts",   "bytes",    "hits", "misses",      "errors", "errs",
    "drops",  "dropped",  "events", "requests", "reqs", "retransmits", "runs",   "samples",
    "faults", "received", "sent",   "rx",       "tx",   "reads",       "writes", "ops"};
constexpr std::string_view kLargest[] = {"max", "peak", "highwater"};
constexpr std::string_view kSmallest[] = {"min"};

std::string in_quotes(const std::string& word) { return "'" + word + "'"; }

std::string help_for(const kernel::MapInfo& map, const std::string& kind, const Field& field) {
  const std::string of_map = "of " + kind + " " + map.name + ".";
  return field.path == "value" || field.path.empty() ? "Value " + of_map
                                                     : "Field " + field.path + " " + of_map;
}

class RowMetrics {
 public:
  RowMetrics(const kernel::MapInfo& map, std::string kind, MetricNamer& namer)
      : map_(map),
        kind_(std::move(kind)),
        words_(words_of(map.name)),
        value_(decode::value_of(map)),
        namer_(namer) {}

  MapMetrics collect() {
    if (value_.type == nullptr) return without_btf();
    fields_ = usable_fields(value_);
    if (auto histogram = histogram_by_slot(map_, fields_, namer_)) {
      result_.slot = histogram->slot;
      result_.by_slot = true;
      result_.metrics.push_back(std::move(histogram->metric));
      return std::move(result_);
    }
    add_histograms();
    for (const UsableField& usable : fields_) add(usable);
    if (result_.metrics.empty()) add_something();
    return std::move(result_);
  }

 private:
  MapMetrics without_btf() {
    const std::uint32_t size = value_.size;
    if (size == 0) {
      result_.left_out.emplace_back("the value has no bytes");
      return std::move(result_);
    }
    const char* type = size >= 8 ? "u64" : size >= 4 ? "u32" : size >= 2 ? "u16" : "u8";
    MetricDraft metric;
    metric.name = namer_.name(words_, {}, "", MetricKind::kCounter);
    metric.help = "Value of map " + map_.name + ".";
    metric.value = std::string("{ offset: 0, type: ") + type + " }";
    metric.why = "guess: the object has no BTF for this value of " + std::to_string(size) +
                 " bytes, which may begin with a number";
    result_.metrics.push_back(std::move(metric));
    return std::move(result_);
  }

  void add_histograms() {
    for (const UsableField& usable : fields_) {
      auto histogram = histogram_in_value(map_, usable.field, fields_, namer_);
      if (!histogram) continue;
      used_.push_back(usable.field.path);
      if (!histogram->sum.empty()) used_.push_back(histogram->sum);
      result_.metrics.push_back(std::move(histogram->metric));
    }
  }

  bool is_used(const std::string& path) const {
    return std::find(used_.begin(), used_.end(), path) != used_.end();
  }

  void leave_out(const Field& field, const std::string& why) {
    result_.left_out.push_back((field.path.empty() ? value_.role : field.path) + ": " + why);
  }

  void add(const UsableField& usable) {
    const Field& field = usable.field;
    if (is_used(field.path)) return;
    if (decode::AmountSource::of(field)) return add_number(usable);
    if (field.type->kind != TypeKind::kArray || !is_number_array(field)) {
      return leave_out(field, field.type->name + " is no number");
    }
    if (field.type->count > kMostElements) {
      return leave_out(field, "an array of " + std::to_string(field.type->count) +
                                  " numbers; each can be a metric, such as value: " + field.path +
                                  "[0], or a map of its own with the index as the key");
    }
    for (std::uint32_t i = 0; i < field.type->count; ++i) add_element(field, i);
  }

  static bool is_number_array(const Field& field) {
    Field first = field;
    first.type = field.type->element;
    // Bytes are text, addresses, keys.
    return first.type->size > 1 && decode::AmountSource::of(first).has_value();
  }

  void add_element(const Field& array, std::uint32_t index) {
    const std::string path = array.path + "[" + std::to_string(index) + "]";
    auto element = kernel::resolve_field(value_.type, path, value_.role);
    if (element) add_number({*std::move(element), {}});
  }

  void add_number(const UsableField& usable) {
    const Field& field = usable.field;
    const bool is_whole = field.path == value_.role;
    const Words field_words = is_whole ? Words() : words_of(field.path);
    std::string why;
    const Behaviour behaviour = behaviour_of(field_words, words_, *field.type, why);
    if (behaviour == Behaviour::kTimeStamp && !with_time_stamps_) return leave_out(field, why);
    if (field.type->kind == TypeKind::kPointer) return leave_out(field, "an address");
    if (field.type->big_endian) {
      return leave_out(field, "in network order, as addresses and ports are");
    }
    MetricDraft metric;
    metric.kind = behaviour == Behaviour::kGrows ? MetricKind::kCounter : MetricKind::kGauge;
    const auto unit = unit_of(is_whole ? words_ : field_words);
    metric.name = namer_.name(words_, field_words, unit ? unit->suffix : "", metric.kind);
    metric.help = help_for(map_, kind_, field);
    if (!is_whole || fields_.size() > 1) metric.value = scalar(field.path);
    if (unit && unit->yaml != "1B" && unit->yaml != "1s")
      metric.more.push_back("unit: " + unit->yaml);
    add_aggregate(is_whole ? words_ : field_words, metric);
    metric.why = std::string(decode::kind_name(metric.kind)) + ": " + why;
    if (!usable.note.empty()) metric.why += "; " + usable.note;
    result_.metrics.push_back(std::move(metric));
  }

  static void add_aggregate(const Words& words, MetricDraft& metric) {
    if (metric.kind != MetricKind::kGauge) return;
    if (!first_of(words, kLargest).empty()) metric.more.emplace_back("aggregate: max");
    if (!first_of(words, kSmallest).empty()) metric.more.emplace_back("aggregate: min");
  }

  // A map of which nothing looks like a metric, for those who know better.
  void add_something() {
    for (const UsableField& usable : fields_) {
      const Field& field = usable.field;
      if (field.type->kind == TypeKind::kArray && is_number_array(field)) add_element(field, 0);
      if (!result_.metrics.empty()) return;
    }
    with_time_stamps_ = true;
    result_.is_bookkeeping = true;
    result_.left_out.clear();
    for (const UsableField& usable : fields_) add(usable);
  }

  const kernel::MapInfo& map_;
  std::string kind_;  // "map" or "variable"
  Words words_;
  decode::Whole value_;
  MetricNamer& namer_;
  std::vector<UsableField> fields_;
  std::vector<std::string> used_;  // paths that are in a histogram
  bool with_time_stamps_ = false;
  MapMetrics result_;
};

Behaviour by_type(const kernel::Type& type, std::string& why) {
  switch (type.kind) {
    case TypeKind::kSigned: why = "it is signed and may fall"; return Behaviour::kMoves;
    case TypeKind::kFloat: why = "floating point numbers go up and down"; return Behaviour::kMoves;
    case TypeKind::kBool: why = "true is 1 and false is 0"; return Behaviour::kMoves;
    case TypeKind::kEnum: why = "the number of an enum's value"; return Behaviour::kMoves;
    default: break;
  }
  why = "an unsigned number, and nothing says that it falls";
  return Behaviour::kGrows;
}

}  // namespace

Behaviour behaviour_of(const Words& field, const Words& map, const kernel::Type& type,
                       std::string& why) {
  const Words& own = field.empty() ? map : field;
  if (const std::string word = first_of(own, kTimeStamps); !word.empty() && type.size == 8) {
    why = in_quotes(word) + " in its name and its 8 bytes look like a time stamp";
    return Behaviour::kTimeStamp;
  }
  if (const std::string word = first_of(own, kTotals); !word.empty()) {
    why = in_quotes(word) + " in its name says that it grows";
    return Behaviour::kGrows;
  }
  if (const std::string word = first_of(own, kGauges); !word.empty()) {
    why = in_quotes(word) + " in its name says that it goes up and down";
    return Behaviour::kMoves;
  }
  if (const std::string word = first_of(own, kCounters); !word.empty()) {
    why = in_quotes(word) + " in its name is something to be counted";
    return Behaviour::kGrows;
  }
  if (const std::string word = first_of(map, kGauges); !word.empty()) {
    why = in_quotes(word) + " in the map's name says that it goes up and down";
    return Behaviour::kMoves;
  }
  return by_type(type, why);
}

MapMetrics metrics_of_rows(const kernel::MapInfo& map, const std::string& kind,
                           MetricNamer& namer) {
  return RowMetrics(map, kind, namer).collect();
}

std::string metrics_yaml(const MapMetrics& metrics) {
  std::string text = "    metrics:\n";
  for (const MetricDraft& metric : metrics.metrics) {
    text += comment(metric.why, "      ");
    text += std::string("      - ") + decode::kind_name(metric.kind) + ": " + metric.name + "\n";
    text += "        help: " + sentence(metric.help) + "\n";
    if (!metric.value.empty()) text += "        value: " + metric.value + "\n";
    for (const std::string& line : metric.more) text += "        " + line + "\n";
  }
  for (const std::string& field : metrics.left_out) {
    text += comment("left out: " + field, "      ");
  }
  return text;
}

}  // namespace bpfmap::commands::starter
