// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/compile_events.h"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/suggest.h"
#include "decode/compile/compile_map.h"
#include "decode/compile/event_key.h"
#include "decode/compile/event_values.h"
#include "decode/decoders/registry.h"
#include "decode/field_lookup.h"
#include "decode/value_labels.h"
#include "kernel/event_stream.h"
#include "kernel/map_types.h"

namespace bpfmap::decode {
namespace {

// Where an array begins that is the last of a struct's members, which programs may send in part;
// the end of the struct where there is none.
std::uint32_t begin_of_tail(const kernel::Type& type) {
  if (type.kind != kernel::TypeKind::kStruct || type.members.empty()) return type.size;
  const kernel::Member& last = type.members.back();
  const std::uint32_t offset = last.bit_offset / 8;
  if (last.type->kind == kernel::TypeKind::kArray) return offset;
  const bool is_struct = last.type->kind == kernel::TypeKind::kStruct;
  return is_struct ? offset + begin_of_tail(*last.type) : type.size;
}

class EventCompiler {
 public:
  EventCompiler(const config::MapConfig& map, const kernel::MapInfo& info,
                const std::vector<std::string>& own_structs, config::Diagnostics& diagnostics)
      : map_(map), info_(info), own_structs_(own_structs), diagnostics_(diagnostics) {}

  std::optional<CompiledEvents> compile(const config::Config& config, const StructLookup& structs) {
    const bool good_keys = check_keys();
    if (!find_type(structs)) return std::nullopt;
    EventKey key(event_.size);
    const bool good_labels = map_.labels && add_labels(key);
    EventValues values(event_, diagnostics_);
    for (const config::MetricConfig& metric : map_.metrics) values.add(metric);
    if (!good_labels) return std::nullopt;
    // The rest of what may be wrong is the same as with any map.
    config::MapConfig as_map = map_;
    as_map.metrics = values.metrics();
    // An event is key and value at once.
    for (config::LabelConfig& label : *as_map.labels) label.is_of_value = false;
    kernel::MapInfo rows = make_info(values.type());
    auto samples = compile_map(config, as_map, rows, diagnostics_);
    if (!samples || !good_keys) return std::nullopt;
    EventPlan::Parts parts = std::move(values).take();
    parts.key_mask = key.mask();
    parts.texts = key.texts();
    parts.least_size = least_size(key, parts);
    parts.buffer_bytes = map_.events.buffer ? map_.events.buffer->value
                                            : kernel::EventStreamOptions::kDefaultBufferBytes;
    parts.reset_every = map_.events.reset_every;
    return CompiledEvents{EventPlan(std::move(parts)), std::move(rows), *std::move(samples)};
  }

 private:
  bool error(config::Position at, std::string message) {
    diagnostics_.error(at, std::move(message));
    return false;
  }
  std::string map_is() const {
    return "map '" + info_.name + "' is " +
           kernel::with_article(kernel::map_type_name(info_.shape.type));
  }

  bool check_keys() {
    bool good = true;
    if (map_.reader.value != model::ReaderChoice::kAuto) {
      good = error(map_.reader.at,
                   map_is() + ": its events are taken out as they come; leave 'reader' out");
    }
    if (map_.cpu_label) {
      good = error(map_.cpu_label->at,
                   map_is() + ": it has no cpu to label; put the CPU into the event");
    }
    if (!map_.labels) {
      good = error(map_.map.at, map_is() +
                                    ": say which fields of its events become labels with "
                                    "'labels:' ({} for none)");
    }
    return check_limits() && check_buffer() && good;
  }

  // What is kept of rows over time is for rows that are read again and again.
  bool check_limits() {
    bool good = true;
    const auto refuse = [&](config::Position at, const char* key) {
      good = error(at, map_is() + ", which has no '" + key + "'");
    };
    if (map_.mode.value != config::MapMode::kRead) refuse(map_.mode.at, "mode");
    // That of a file of ebpf_exporter's format is not the user's: find_type() says what is wrong.
    if (map_.only_key && !map_.layout) refuse(map_.only_key->at, "key");
    if (map_.top) refuse(map_.top->at, "top");
    if (map_.expire_after) refuse(map_.expire_after->at, "expire_after");
    for (const config::LabelConfig& label :
         map_.labels.value_or(std::vector<config::LabelConfig>())) {
      if (label.keep) refuse(label.keep->at, "keep");
      if (label.drop) refuse(label.drop->at, "drop");
    }
    return good;
  }

  bool check_buffer() {
    if (!map_.events.buffer) return true;
    const auto& [bytes, at] = *map_.events.buffer;
    if (!kernel::is_perf_event_array(info_.shape.type)) {
      return error(at, map_is() + ", whose size is its max_entries; leave 'buffer' out");
    }
    constexpr std::uint64_t kLargest = std::uint64_t{1} << 30U;
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    if (std::has_single_bit(bytes) && bytes >= page && bytes <= kLargest) return true;
    return error(at, "buffer: expected a power of two pages of " + std::to_string(page) +
                         " bytes and at most 1GiB, found " + std::to_string(bytes) + " bytes");
  }

  std::string how_to_name_events() const {
    if (own_structs_.empty()) {
      return "how many bytes its events have with 'event: { size: N }': no struct in the object's "
             "BTF is its own";
    }
    return "which struct its events are with 'event:'" + suggestion({}, own_structs_) +
           ", or with 'event: { size: N }' how many bytes they have";
  }

  bool find_type(const StructLookup& structs) {
    kernel::TypePtr type;
    if (map_.layout) {
      return error(map_.map.at, map_is() + ": its counter needs 'perf_event_array: true'");
    }
    if (map_.events.size) {
      event_ = {info_.name, kEventRole, static_cast<std::uint32_t>(map_.events.size->value),
                nullptr};
      return true;
    }
    if (map_.events.type) {
      const auto& [name, at] = *map_.events.type;
      if (!structs) return error(at, "no struct '" + name + "': there is no BTF");
      auto found = structs(name);
      if (!found) return error(at, found.error().message());
      type = *std::move(found);
    } else if (info_.value != nullptr && info_.value->kind == kernel::TypeKind::kStruct) {
      type = info_.value;
    } else {
      return error(map_.map.at, map_is() + ": say " + how_to_name_events());
    }
    if (type->size == 0) {
      return error(map_.events.type ? map_.events.type->at : map_.map.at,
                   "the events of map '" + info_.name + "' (" + type->name + ") hold nothing");
    }
    event_ = {info_.name, kEventRole, type->size, std::move(type)};
    return true;
  }

  std::uint32_t least_size(const EventKey& key, const EventPlan::Parts& parts) const {
    const std::uint32_t tail = event_.type == nullptr ? event_.size : begin_of_tail(*event_.type);
    std::uint32_t least = std::max(tail, key.needed_end(tail));
    for (const EventPlan::Accumulator& accumulator : parts.accumulators) {
      if (accumulator.source) least = std::max(least, accumulator.source->end());
    }
    for (const EventPlan::Observation& observation : parts.observations) {
      least = std::max(least, observation.source.end());
    }
    return least;
  }

  bool add_labels(EventKey& key) {
    bool good = true;
    for (const config::LabelConfig& label : *map_.labels) {
      if (label.constant) continue;
      const auto field = label.is_of_value ? find_value_label(label, event_, diagnostics_)
                                           : find_field(label.field, event_, diagnostics_);
      good = field.has_value() && good;
      if (field) key.add(*field, label.decode);
      // The decoder says what is wrong with it.
      config::Diagnostics silent(std::make_shared<const config::Source>());
      for (const config::FieldRef& other : other_fields(label.decode, info_)) {
        if (const auto read = find_field(other, event_, silent)) key.add(*read, {});
      }
    }
    return good;
  }

  kernel::MapInfo make_info(kernel::TypePtr values) const {
    kernel::MapInfo rows;
    rows.name = info_.name;
    rows.key_role = kEventRole;
    rows.shape.type = info_.shape.type;
    rows.shape.key_size = event_.size;
    rows.shape.value_size = values->size;
    rows.shape.max_entries =
        map_.max_series ? static_cast<std::uint32_t>(map_.max_series->value) : kDefaultMaxSeries;
    rows.key = event_.type;
    rows.stacks = info_.stacks;
    rows.value = std::move(values);
    return rows;
  }

  const config::MapConfig& map_;
  const kernel::MapInfo& info_;
  const std::vector<std::string>& own_structs_;
  config::Diagnostics& diagnostics_;
  Whole event_;
};

}  // namespace

std::optional<CompiledEvents> compile_events(const config::Config& config,
                                             const config::MapConfig& map,
                                             const kernel::MapInfo& info,
                                             const StructLookup& structs,
                                             const std::vector<std::string>& own_structs,
                                             config::Diagnostics& diagnostics) {
  return EventCompiler(map, info, own_structs, diagnostics).compile(config, structs);
}

void refuse_event_keys(const config::MapConfig& map, const kernel::MapInfo& info,
                       config::Diagnostics& diagnostics) {
  const auto refuse = [&](config::Position at, const std::string& key) {
    diagnostics.error(at, "map '" + info.name + "' is " +
                              kernel::with_article(kernel::map_type_name(info.shape.type)) + ": '" +
                              key + "' is for maps that carry events (ringbuf, perf_event_array)");
  };
  if (map.events.type) refuse(map.events.type->at, "event");
  if (map.events.size) refuse(map.events.size->at, "event");
  if (map.events.reset_every && !map.events.size) refuse(map.map.at, "reset_every");
  if (map.events.buffer) refuse(map.events.buffer->at, "buffer");
}

}  // namespace bpfmap::decode
