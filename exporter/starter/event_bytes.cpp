// SPDX-License-Identifier: Apache-2.0
#include "starter/event_bytes.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "starter/histograms.h"
#include "starter/labels.h"
#include "starter/metrics.h"
#include "starter/origins.h"
#include "starter/words.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

using kernel::Meaning;
using kernel::MemoryPart;

constexpr std::uint32_t kLongestName = 64;  // bytes of a text that few events have of their own

const char* type_of(std::uint32_t size) {
  switch (size) {
    case 1: return "u8";
    case 2: return "u16";
    case 4: return "u32";
    default: return "u64";
  }
}

std::string place(std::uint32_t offset, const std::string& type) {
  return "{ offset: " + std::to_string(offset) + ", type: " + type + " }";
}

bool is_number(const MemoryPart& part) {
  return part.size == 1 || part.size == 2 || part.size == 4 || part.size == 8;
}

class EventBytes {
 public:
  EventBytes(const kernel::MapInfo& map, MetricNamer& namer)
      : map_(map), words_(words_of(map.name)), namer_(namer) {}

  void add(std::uint32_t offset, const MemoryPart& part) {
    const kernel::NumberOrigin& origin = part.origin;
    if (origin.is_text()) return add_text(offset, part);
    if (!is_number(part) || part.constant) return;
    if (const auto unit = unit_of_origin(origin)) return add_histogram(offset, part, *unit);
    if (origin.is_choice()) return add_choice(offset, part);
    const std::string name = name_of_meaning(origin.meaning);
    if (!name.empty() && origin.is_plain()) {
      others_.push_back(unique(name) + ": " + place(offset, type_of(part.size)));
    }
  }

  std::string yaml(std::uint32_t size) {
    return comment(
               "no BTF describes the events: their size and the places in them are what programs "
               "put there. `event: NAME` of a struct that is kept in BTF names fields",
               "    ") +
           entry(size);
  }

  // Of events of several sizes, or of a size that is not known.
  std::string count_only(std::uint32_t size) {
    return comment(
               "no BTF describes the events, and they are not of one size that the code tells: "
               "only "
               "their number is known. `event: NAME` of a struct that is kept in BTF, or { size: N "
               "}, makes labels and values of what is in them",
               "    ") +
           entry(size);
  }

 private:
  std::string entry(std::uint32_t size) {
    const MapMetrics metrics = metrics_of_events(
        map_.name, namer_.name(words_, {}, "", config::MetricKind::kCounter), metrics_);
    std::string text = "    event: { size: " + std::to_string(size) + " }\n    max_series: 2000\n";
    text += labels_yaml(labels_);
    if (!others_.empty()) {
      text += comment("may be labels as well, of which many events have their own:", "      ");
    }
    for (const std::string& other : others_) text += "      " + comment_line("  " + other);
    return text + metrics_yaml(metrics);
  }

  std::string unique(const std::string& name) {
    std::string candidate = name;
    for (int number = 2; !names_.insert(candidate).second; ++number) {
      candidate = name + "_" + std::to_string(number);
    }
    return candidate;
  }

  void add_text(std::uint32_t offset, const MemoryPart& part) {
    const bool is_command = part.origin.meaning == Meaning::kCommand;
    const std::string text = "{ offset: " + std::to_string(offset) +
                             ", size: " + std::to_string(part.size) + ", type: char }";
    if (part.size == 0) return;
    const std::string name = unique(is_command ? "comm" : "text");
    if (part.size > kLongestName) return others_.push_back(name + ": " + text);
    labels_.push_back({name, text,
                       is_command ? "the name of the thread that runs, by the code"
                                  : "a string that programs read",
                       true});
  }

  void add_choice(std::uint32_t offset, const MemoryPart& part) {
    const std::string name = unique("at_" + std::to_string(offset));
    labels_.push_back(
        {name, place(offset, type_of(part.size)),
         "one of a few numbers that programs choose from, perhaps of an enum: a table "
         "of decode: { map: ... } gives them names",
         true});
  }

  void add_histogram(std::uint32_t offset, const MemoryPart& part, const Unit& unit) {
    MetricDraft metric;
    metric.kind = config::MetricKind::kHistogram;
    metric.name = namer_.name(words_, {"elapsed"}, "seconds", metric.kind);
    metric.help = "Time that passed, of events of map " + map_.name + ".";
    metric.value = place(offset, type_of(part.size));
    metric.more = {"buckets: " + exp2_buckets(unit.yaml, usual_max(unit.yaml))};
    metric.why = "histogram: a time that has passed, in units of " + unit.yaml + ", by the code";
    metrics_.push_back(std::move(metric));
  }

  const kernel::MapInfo& map_;
  std::vector<std::string> words_;
  MetricNamer& namer_;
  std::vector<LabelDraft> labels_;
  std::set<std::string> names_;
  std::vector<std::string> others_;  // labels of which every event may have its own
  std::vector<MetricDraft> metrics_;
};

// All events have as many bytes.
std::uint32_t least_size(const kernel::MemoryUse& use) {
  std::uint32_t least = UINT32_MAX;
  for (const auto& [key, record] : use.records) {
    least = std::min(least, std::max(record.size, std::uint32_t{1}));
  }
  return least;
}

}  // namespace

std::string event_bytes_yaml(const kernel::MapInfo& map, const kernel::MemoryUse& use,
                             MetricNamer& namer) {
  if (use.records.empty()) return {};
  EventBytes events(map, namer);
  const kernel::MemoryUse::Record& record = use.records.begin()->second;
  const bool is_known = use.records.size() == 1 && record.size != 0 && !use.escapes;
  if (!is_known) return events.count_only(least_size(use));
  for (const auto& [offset, part] : record.value_of == map.name ? use.values : record.parts) {
    if (offset + part.size <= record.size) events.add(offset, part);
  }
  return events.yaml(record.size);
}

}  // namespace bpfmap::starter
