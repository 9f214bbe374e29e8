// SPDX-License-Identifier: Apache-2.0
#include "starter/metrics.h"

#include <algorithm>
#include <utility>

#include "base/terminal_text.h"
#include "decode/amount_source.h"
#include "decode/metric_kind.h"
#include "decode/metric_names.h"
#include "starter/code.h"
#include "starter/fields.h"
#include "starter/histograms.h"
#include "starter/origins.h"
#include "starter/words.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

using config::MetricKind;
using kernel::Field;
using kernel::TypeKind;
using Words = std::vector<std::string>;

constexpr std::uint32_t kFewestBits = 8;    // of what may be counted
constexpr std::uint32_t kMostElements = 8;  // of an array that is no histogram: each is a metric

constexpr std::string_view kTimeStamps[] = {"ts",      "tstamp",   "timestamp", "stamp", "since",
                                            "start",   "starts",   "started",   "begin", "began",
                                            "expires", "deadline", "ktime",     "seen",  "created",
                                            "updated", "modified", "accessed"};
// Of a time that says something when it is read later, and not only to the program.
constexpr std::string_view kLasting[] = {"seen",    "last",     "latest",  "first",
                                         "updated", "modified", "created", "accessed"};
// At the end of a name.
constexpr std::string_view kNames[] = {
    "id",      "pid",     "ppid",     "tgid",    "tid",    "uid",   "gid",    "cgid",
    "ifindex", "netns",   "mntns",    "ino",     "inum",   "inode", "dev",    "fd",
    "cpu",     "port",    "sport",    "dport",   "lport",  "rport", "addr",   "saddr",
    "daddr",   "ip",      "ipv4",     "ipv6",    "family", "proto", "cookie", "hash",
    "magic",   "version", "protocol", "syscall", "signal", "sig",   "errno"};
constexpr std::string_view kTotals[] = {"total", "totals", "count", "counts", "counter", "sum"};
constexpr std::string_view kGauges[] = {
    "depth",    "size",  "current",    "cur",       "max",         "min",    "inflight",  "flight",
    "active",   "open",  "pending",    "level",     "usage",       "used",   "free",      "avg",
    "average",  "mean",  "last",       "latest",    "peak",        "ratio",  "percent",   "pct",
    "capacity", "limit", "backlog",    "length",    "len",         "queued", "state",     "enabled",
    "weight",   "prio",  "priority",   "highwater", "temperature", "rate",   "threshold", "flags",
    "mode",     "ports", "utilization"};
constexpr std::string_view kCounters[] = {
    "calls",  "packets",  "pkts",   "bytes",    "hits", "misses",      "errors", "errs",
    "drops",  "dropped",  "events", "requests", "reqs", "retransmits", "runs",   "samples",
    "faults", "received", "sent",   "rx",       "tx",   "reads",       "writes", "ops"};
// A map is called after its keys: "requests_by_id".
constexpr std::string_view kBy[] = {"by", "per"};
constexpr std::string_view kLargest[] = {"max", "peak", "highwater"};
constexpr std::string_view kSmallest[] = {"min"};
constexpr std::string_view kFirst[] = {"first", "created"};

std::string help_for(const kernel::MapInfo& map, const std::string& kind, const Field& field) {
  const std::string of_map = "of " + kind + " " + map.name + ".";
  return field.path == "value" || field.path.empty() ? "Value " + of_map
                                                     : "Field " + field.path + " " + of_map;
}

class RowMetrics {
 public:
  RowMetrics(const kernel::MapInfo& map, std::string kind, MetricNamer& namer,
             const CodeFacts& code)
      : map_(map),
        kind_(std::move(kind)),
        words_(words_of(map.name)),
        value_(decode::value_of(map)),
        namer_(namer),
        clock_(code.clock),
        use_(code.use) {}

  MapMetrics collect() {
    if (value_.type == nullptr) return without_btf();
    fields_ = usable_fields(value_);
    if (auto histogram = histogram_by_slot(map_, fields_, use_, namer_)) {
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
      const std::string why_not =
          use_ == nullptr ? std::string() : why_no_histogram(*use_, usable.field);
      if (usable.field.type->kind == TypeKind::kArray && !why_not.empty()) {
        used_.push_back(usable.field.path);
        leave_out(usable.field, why_not);
        continue;
      }
      auto histogram = histogram_in_value(map_, usable.field, fields_, use_, namer_);
      if (!histogram) continue;
      used_.push_back(usable.field.path);
      if (!histogram->sum.empty()) used_.push_back(histogram->sum);
      result_.metrics.push_back(std::move(histogram->metric));
    }
  }

  bool is_used(const std::string& path) const {
    return std::find(used_.begin(), used_.end(), path) != used_.end();
  }

  // Names are kept in values by many a program.
  static std::string as_label(const Field& field) {
    if (!field.type->is_text() || field.path.find_first_of(".[") != std::string::npos) return {};
    return "; a label is made of it by " + field.path + ": { value: " + field.path + " }";
  }

  void leave_out(const Field& field, const std::string& why) {
    result_.left_out.push_back((field.path.empty() ? value_.role : field.path) + ": " + why);
  }

  void add(const UsableField& usable) {
    const Field& field = usable.field;
    if (is_used(field.path)) return;
    if (decode::AmountSource::of(field)) return add_number(usable);
    if (field.type->kind != TypeKind::kArray || !is_number_array(field)) {
      return leave_out(field, field.type->name + " is no number" + as_label(field));
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
    if (field.bit_size != 0 && field.bit_size < kFewestBits) {
      return leave_out(field, "a flag, or a number of " + std::to_string(field.bit_size) + " bits");
    }
    const bool is_whole = field.path == value_.role;
    const Words field_words = is_whole ? Words() : words_of(field.path);
    std::string why;
    Behaviour behaviour = behaviour_of(field_words, words_, *field.type, why);
    if (use_ != nullptr) behaviour = behaviour_by_code(*use_, field, behaviour, why);
    if (behaviour == Behaviour::kTimeStamp) return add_time(usable, field_words, why);
    if (behaviour == Behaviour::kName) return leave_out(field, why);
    if (field.type->kind == TypeKind::kPointer) return leave_out(field, "an address");
    if (field.type->big_endian) {
      return leave_out(field, "in network order, as addresses and ports are");
    }
    MetricDraft metric;
    metric.kind = behaviour == Behaviour::kGrows ? MetricKind::kCounter : MetricKind::kGauge;
    const auto by_code = use_ == nullptr ? std::nullopt : unit_by_code(*use_, field.offset);
    const auto unit = by_code ? by_code : unit_of(is_whole ? words_ : field_words);
    if (by_code) why += "; a time that has passed, in units of " + by_code->yaml + ", by the code";
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

  // As a time of day, by the clock that the programs read. Most are notes of
  // programs to themselves.
  void add_time(const UsableField& usable, const Words& field_words, const std::string& why) {
    const Field& field = usable.field;
    Words own = field_words.empty() ? words_ : field_words;
    const auto unit = unit_of(own);
    if (unit && unit->yaml != "1ns") return leave_out(field, why + ", in " + unit->yaml);
    if (!with_time_stamps_ && (first_of(own, kLasting).empty() || !clock_)) {
      return leave_out(field, why +
                                  "; a gauge of it needs 'clock: monotonic' for "
                                  "bpf_ktime_get_ns() or 'clock: boot' for "
                                  "bpf_ktime_get_boot_ns()");
    }
    const config::BootClock clock = clock_.value_or(config::BootClock::kMonotonic);
    const bool is_boot = clock == config::BootClock::kBoot;
    MetricDraft metric;
    metric.kind = MetricKind::kGauge;
    std::erase_if(own, [](const std::string& word) {
      return word == "ts" || word == "timestamp" || word == "stamp" || word == "tstamp";
    });
    metric.name = field_words.empty() ? namer_.name(own, {}, "timestamp_seconds", metric.kind)
                                      : namer_.name(words_, own, "timestamp_seconds", metric.kind);
    metric.help = help_for(map_, kind_, field);
    if (!field_words.empty() || fields_.size() > 1) metric.value = scalar(field.path);
    metric.more.emplace_back(is_boot ? "clock: boot" : "clock: monotonic");
    if (!first_of(own, kFirst).empty()) metric.more.emplace_back("aggregate: min");
    metric.why = "time of day: " + why +
                 (clock_ ? std::string(is_boot ? ", and programs read bpf_ktime_get_boot_ns()"
                                               : ", and programs read bpf_ktime_get_ns()")
                         : "; a guess that it is one of bpf_ktime_get_ns(), 'clock: boot' is for "
                           "bpf_ktime_get_boot_ns()");
    result_.metrics.push_back(std::move(metric));
  }

  static void add_aggregate(const Words& words, MetricDraft& metric) {
    if (metric.kind != MetricKind::kGauge) return;
    if (!first_of(words, kLargest).empty()) metric.more.emplace_back("aggregate: max");
    if (!first_of(words, kSmallest).empty()) metric.more.emplace_back("aggregate: min");
  }

  // Of a map of which nothing looks like a metric: what it has, for the user to sort out.
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
  const std::optional<config::BootClock> clock_;
  const kernel::MemoryUse* use_;
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

bool is_integer(const kernel::Type& type) {
  return type.kind == TypeKind::kUnsigned || type.kind == TypeKind::kSigned;
}

// By such a word, or by "last" and "first" where a unit of time says what of.
bool is_time(const Words& words, const kernel::Type& type, std::string& why) {
  if (!is_integer(type) || type.size != sizeof(std::uint64_t)) return false;
  std::string word = first_of(words, kTimeStamps);
  const auto unit = unit_of(words);
  if (word.empty() && unit && unit->suffix == "seconds") word = first_of(words, kLasting);
  if (word.empty()) return false;
  why = in_quotes(word) + " in its name and its 8 bytes look like a time stamp";
  return true;
}

bool is_name(const Words& words, const kernel::Type& type, std::string& why) {
  if (!is_integer(type) || words.empty()) return false;
  const std::string last = first_of({words.back()}, kNames);
  // 8 bytes are time on a CPU rather than the number of one.
  if (!last.empty() && (last != "cpu" || type.size < sizeof(std::uint64_t))) {
    why = in_quotes(last) + " says which one it is, and not how much of it";
    return true;
  }
  // A time of 8 bytes was found before; of another one it is not known what it counts.
  const std::string word = first_of(words, kTimeStamps);
  why = in_quotes(word) + " in its name says where or when something begins";
  return !word.empty();
}

}  // namespace

std::optional<config::BootClock> clock_of(const kernel::ClocksRead& read) {
  if (read.boot == read.monotonic) return std::nullopt;
  return read.boot ? config::BootClock::kBoot : config::BootClock::kMonotonic;
}

Behaviour behaviour_of(const Words& field, const Words& map, const kernel::Type& type,
                       std::string& why) {
  const Words& own = field.empty() ? map : field;
  if (is_time(own, type, why)) return Behaviour::kTimeStamp;
  if (const std::string word = first_of(own, kTotals); !word.empty()) {
    why = in_quotes(word) + " in its name says that it grows";
    return Behaviour::kGrows;
  }
  const bool is_by_name = field.empty() && !first_of(map, kBy).empty();
  if (!is_by_name && is_name(own, type, why)) return Behaviour::kName;
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

MapMetrics metrics_of_rows(const kernel::MapInfo& map, const std::string& kind, MetricNamer& namer,
                           const CodeFacts& code) {
  return RowMetrics(map, kind, namer, code).collect();
}

MapMetrics metrics_of_events(const std::string& map, std::string name,
                             const std::vector<MetricDraft>& others) {
  MetricDraft every;
  every.name = std::move(name);
  every.help = "Events of map " + map + ".";
  every.why = "counter: one for each event";
  MapMetrics metrics;
  metrics.metrics.push_back(std::move(every));
  metrics.metrics.insert(metrics.metrics.end(), others.begin(), others.end());
  return metrics;
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

}  // namespace bpfmap::starter
