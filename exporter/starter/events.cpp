// SPDX-License-Identifier: Apache-2.0
#include "starter/events.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "decode/number_source.h"
#include "starter/event_bytes.h"
#include "starter/fields.h"
#include "starter/histograms.h"
#include "starter/labels.h"
#include "starter/metrics.h"
#include "starter/origins.h"
#include "starter/words.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

using kernel::TypeKind;
using kernel::TypePtr;
using Words = std::vector<std::string>;

constexpr std::uint32_t kLongestText = 64;  // longer ones are paths, arguments: many of them

// Where the struct of a map's events was found.
struct FoundStruct {
  TypePtr type;
  std::string name;  // for `event:`, empty where the map says it itself
  std::string why;
};

bool is_event_struct(const TypePtr& type) {
  return type != nullptr && type->kind == TypeKind::kStruct && type->size > 0;
}

// "struct request" of a variable of type "struct request *": the way to keep a struct in BTF.
std::string pointed_at(const kernel::GlobalInfo& global) {
  constexpr std::string_view kStart = "struct ";
  constexpr std::string_view kEnd = " *";
  const std::string& name = global.type->name;
  const bool is_pointer = global.type->kind == TypeKind::kPointer;
  if (!is_pointer || !name.starts_with(kStart) || !name.ends_with(kEnd)) return {};
  return name.substr(kStart.size(), name.size() - kStart.size() - kEnd.size());
}

// Structs of the object's own that may be events: those that variables point at, or else those that
// are called as the map is, or else those that are called events.
std::vector<std::string> candidates(const kernel::Object& object, const std::string& map) {
  const std::vector<std::string> own = object.struct_names();
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(own.begin(), own.end(), name) == own.end()) return;
    const auto type = object.struct_type(name);
    if (!type || !is_event_struct(*type)) return;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const kernel::GlobalInfo& global : object.globals()) {
    if (const std::string name = pointed_at(global); !name.empty()) add(name);
  }
  if (!names.empty()) return names;
  for (const std::string& name : own) {
    if (name == map || name + "s" == map || name == map + "_event") add(name);
  }
  if (!names.empty()) return names;
  for (const std::string& name : own) {
    const Words words = words_of(name);
    if (std::find(words.begin(), words.end(), "event") != words.end()) add(name);
  }
  return names;
}

// The size that all events have; 0 where they have several, or it is not known.
std::uint32_t size_of_all(const kernel::MemoryUse* use) {
  if (use == nullptr || use->records.empty()) return 0;
  const std::uint32_t first = use->records.begin()->second.size;
  const bool is_same =
      std::all_of(use->records.begin(), use->records.end(),
                  [first](const auto& record) { return record.second.size == first; });
  return is_same ? first : 0;
}

// The struct that the values of another map are, where programs send them as they are.
FoundStruct struct_of_value(const kernel::Object& object, const kernel::MapInfo& map,
                            const kernel::MemoryUse* use) {
  if (use == nullptr) return {};
  for (const kernel::MapInfo& other : object.maps()) {
    const bool is_struct = is_event_struct(other.value) && object.struct_type(other.value->name);
    if (other.name == map.name || !is_struct) continue;
    const auto fits = [&](const auto& named) {
      const kernel::MemoryUse::Record& record = named.second;
      return record.value_of == other.name || record.size == other.value->size;
    };
    const auto is_sent = [&](const auto& named) { return named.second.value_of == other.name; };
    const auto& records = use->records;
    if (std::none_of(records.begin(), records.end(), is_sent)) continue;
    if (!std::all_of(records.begin(), records.end(), fits)) continue;
    return {other.value, other.value->name, "programs send values of map " + other.name};
  }
  return {};
}

// Structs that have as many bytes as programs send.
void keep_fitting(const kernel::Object& object, const kernel::MemoryUse* use,
                  std::vector<std::string>& names) {
  const std::uint32_t size = size_of_all(use);
  if (size == 0) return;
  std::erase_if(names, [&](const std::string& name) {
    const auto type = object.struct_type(name);
    return type && (*type)->size != size;
  });
}

FoundStruct find_struct(const kernel::Object& object, const kernel::MapInfo& map,
                        const kernel::MemoryUse* use, std::string& problem) {
  if (is_event_struct(map.value)) {
    return {map.value, {}, "the map's value type says so"};
  }
  if (FoundStruct sent = struct_of_value(object, map, use); sent.type != nullptr) return sent;
  std::vector<std::string> names = candidates(object, map.name);
  keep_fitting(object, use, names);
  if (names.size() == 1) {
    return {*object.struct_type(names.front()), names.front(),
            "guess: struct " + names.front() + " is the only one that looks like an event"};
  }
  problem =
      names.empty()
          ? "no struct in the BTF of the object looks like its events. Keep theirs in BTF "
            "with __type(value, struct NAME) in the map, or with `const struct NAME *unused "
            "__attribute__((unused));`, and name it with `event:`; or say with `event: { size: N "
            "}` how many bytes they have, and where in them labels and values are"
          : "its events may be one of several structs: name one with `event:`" +
                suggestion("", names);
  return {};
}

// What the fields of an event are for.
class EventFields {
 public:
  // `parts` is what the code says of the fields; null where that is not known.
  EventFields(const kernel::MapInfo& map, const kernel::MemoryParts* parts, MetricNamer& namer)
      : map_(map), parts_(parts), words_(words_of(map.name)), namer_(namer) {}

  void add(const UsableField& usable) {
    const kernel::Field& field = usable.field;
    const Words words = words_of(field.path);
    std::string why;
    const bool is_number =
        field.type->kind == TypeKind::kUnsigned || field.type->kind == TypeKind::kSigned;
    const bool is_stamp = is_number && !unit_by_parts(field) &&
                          behaviour_of(words, {}, *field.type, why) == Behaviour::kTimeStamp;
    if (is_stamp) return left_out_.push_back(field.path);
    const auto unit = unit_of(words);
    const bool is_time = means_time(words) || (unit && unit->suffix == "seconds");
    const auto by_code = unit_by_parts(field);
    if (is_number && by_code) return add_histogram(field, words, by_code);
    if (is_number && is_time) return add_histogram(field, words, unit);
    if (is_number && unit && unit->suffix == "bytes") return add_sum(field, words, *unit);
    LabelDraft label = label_of(map_.name, usable, "event");
    const bool is_long = field.type->is_text() && field.type->size > kLongestText;
    if (!label.telling || is_long || !names_.insert(label.name).second) {
      return left_out_.push_back(field.path);
    }
    labels_.push_back(std::move(label));
  }

  std::string yaml() {
    const MapMetrics metrics = metrics_of_events(
        map_.name, namer_.name(words_, {}, "", config::MetricKind::kCounter), metrics_);
    std::string text = labels_yaml(labels_);
    if (!left_out_.empty()) {
      text += comment("fields that may be labels or values as well: " + joined(left_out_, ", ") +
                          ". Whatever many events have a value of their own for (ids, ports, "
                          "addresses, time stamps) makes a series of each",
                      "    ");
    }
    return text + metrics_yaml(metrics);
  }

 private:
  std::optional<Unit> unit_by_parts(const kernel::Field& field) const {
    if (parts_ == nullptr) return std::nullopt;
    const kernel::MemoryPart* part = part_at(*parts_, field.offset, field.type->size);
    return part == nullptr ? std::nullopt : unit_of_origin(part->origin);
  }

  void add_histogram(const kernel::Field& field, const Words& words,
                     const std::optional<Unit>& unit) {
    const std::string in = unit ? unit->yaml : "1us";
    MetricDraft metric;
    metric.kind = config::MetricKind::kHistogram;
    metric.name = namer_.name(words_, words, "seconds", metric.kind);
    metric.help = "Field " + field.path + " of events of map " + map_.name + ".";
    metric.value = scalar(field.path);
    metric.more = {"buckets: " + exp2_buckets(in, usual_max(in))};
    metric.why =
        (unit_by_parts(field) ? "histogram: a time that has passed, by the code, in units of "
                              : "histogram: a time by its name, in units of ") +
        in + (unit ? "" : " (guess)");
    metrics_.push_back(std::move(metric));
  }

  void add_sum(const kernel::Field& field, const Words& words, const Unit& unit) {
    MetricDraft metric;
    metric.name = namer_.name(words_, words, unit.suffix, metric.kind);
    metric.help = "Field " + field.path + " of events of map " + map_.name + ".";
    metric.value = scalar(field.path);
    if (unit.yaml != "1B") metric.more = {"unit: " + unit.yaml};
    metric.why = "counter: the sum over all events";
    metrics_.push_back(std::move(metric));
  }

  const kernel::MapInfo& map_;
  const kernel::MemoryParts* parts_;
  Words words_;
  MetricNamer& namer_;
  std::vector<LabelDraft> labels_;
  std::set<std::string> names_;
  std::vector<MetricDraft> metrics_;
  std::vector<std::string> left_out_;
};

}  // namespace

EventEntry event_entry(const kernel::Object& object, const kernel::MapInfo& map, MetricNamer& namer,
                       const kernel::MemoryUse* use) {
  EventEntry entry;
  const FoundStruct found = find_struct(object, map, use, entry.problem);
  if (found.type == nullptr) {
    if (use != nullptr) entry.yaml = event_bytes_yaml(map, *use, namer);
    return entry;
  }
  const kernel::MemoryParts* parts =
      use != nullptr && use->records.size() == 1 ? &use->records.begin()->second.parts : nullptr;
  EventFields fields(map, parts, namer);
  const decode::Whole event{map.name, "event", found.type->size, found.type};
  for (const UsableField& usable : usable_fields(event)) fields.add(usable);
  entry.yaml = comment("events are " + found.type->name + ": " + found.why, "    ");
  if (!found.name.empty()) entry.yaml += "    event: " + scalar(found.name) + "\n";
  entry.yaml += "    max_series: 2000\n" + fields.yaml();
  return entry;
}

}  // namespace bpfmap::starter
