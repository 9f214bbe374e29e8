// SPDX-License-Identifier: Apache-2.0
#include "decode/compile_object.h"

#include <utility>

#include "decode/compile/compile_events.h"
#include "decode/compile/compile_map.h"
#include "decode/compile/compile_programs.h"
#include "decode/compile/find_by_name.h"
#include "decode/compile/globals.h"
#include "decode/fit_to_map.h"
#include "decode/host_inputs.h"
#include "decode/row_key.h"
#include "kernel/map_types.h"
#include "kernel/open_reader.h"

namespace bpfmap::decode {
namespace {

std::vector<GlobalValue> compile_globals(const config::Config& config, const ObjectFacts& object,
                                         config::Diagnostics& diagnostics) {
  std::vector<GlobalValue> values;
  for (const config::GlobalConfig& global : config.globals) {
    const kernel::GlobalInfo* info =
        find_by_name(object.globals, "global variable", global.name, object.name, diagnostics);
    if (info == nullptr) continue;
    auto bytes = encode_value(global.value, *info->type, diagnostics);
    if (bytes) values.push_back({info->name, *std::move(bytes)});
  }
  return values;
}

void check_reader(const config::MapConfig& map, const kernel::MapInfo& info,
                  config::Diagnostics& diagnostics) {
  using Kind = model::ReaderChoice;
  const Kind kind = map.reader.value;
  if (kind == Kind::kMmap && !kernel::is_mmapable(info.shape)) {
    diagnostics.error(map.reader.at,
                      "reader mmap: map '" + map.map.value + "' is no array with BPF_F_MMAPABLE");
  } else if (kind == Kind::kIter) {
    const std::string reason = kernel::why_not_iter(info.shape, reader_options(map, info));
    if (!reason.empty()) diagnostics.error(map.reader.at, "reader iter: " + reason);
  } else if (kind != Kind::kAuto &&
             kernel::access_of(info.shape.type) == kernel::Access::kStorage) {
    diagnostics.error(map.reader.at,
                      std::string("reader ") + (kind == Kind::kBatch ? "batch" : "next_key") +
                          ": " + kernel::with_article(kernel::map_type_name(info.shape.type)) +
                          " is read by iter only");
  }
}

// Why a number is no key of a map; empty where it is one. 0 is the key whose bytes are zero,
// whatever its type: what files of ebpf_exporter's format without labels mean.
std::string why_not_key(std::uint64_t number, const config::MapConfig& map,
                        const kernel::MapInfo& info) {
  const kernel::MapShape& shape = info.shape;
  const std::string of_map = " of map '" + map.map.value + "'";
  const bool is_number = info.key == nullptr || info.key->is_scalar();
  if (!is_number && number != 0) {
    return "the keys" + of_map + " are no numbers, but of type " + info.key->name +
           ", of which only 0 can be read, all of whose bytes are zero";
  }
  if (kernel::key_of_number(number, shape.key_size).empty()) {
    return std::to_string(number) + " is no key" + of_map + ", whose keys have " +
           std::to_string(shape.key_size) + " bytes";
  }
  if (kernel::is_array(shape.type) && number >= shape.max_entries) {
    return std::to_string(number) + " is no key" + of_map + ", an array of " +
           std::to_string(shape.max_entries) +
           (shape.max_entries == 1 ? " entry" : " entries, which are counted from 0");
  }
  return {};
}

// `key` needs keys that are numbers, and no other choice of how to read.
void check_only_key(const config::MapConfig& map, const kernel::MapInfo& info,
                    config::Diagnostics& diagnostics) {
  if (!map.only_key) return;
  const auto& [number, at] = *map.only_key;
  if (kernel::access_of(info.shape.type) == kernel::Access::kStorage) {
    diagnostics.error(at, "key: map '" + map.map.value + "' has no keys to look up");
  } else if (const std::string reason = why_not_key(number, map, info); !reason.empty()) {
    diagnostics.error(at, "key: " + reason);
  } else if (map.reader.value != model::ReaderChoice::kAuto) {
    diagnostics.error(map.reader.at,
                      "a map with 'key' is read by looking it up; leave 'reader' out");
  } else if (map.mode.value != config::MapMode::kRead) {
    diagnostics.error(map.mode.at, "a map with 'key' has no 'mode'");
  }
}

std::optional<MapPlan> compile_variable(const config::Config& config, const config::MapConfig& map,
                                        const ObjectFacts& object,
                                        config::Diagnostics& diagnostics) {
  const kernel::GlobalInfo* variable =
      find_by_name(object.globals, "global variable", map.map, object.name, diagnostics);
  if (variable == nullptr) return std::nullopt;
  check_variable_keys(map, diagnostics);
  kernel::MapInfo info = variable_as_map(*variable);
  auto rows = compile_rows(config, map, info, diagnostics);
  if (!rows) return std::nullopt;
  return MapPlan{std::move(info),
                 *variable,
                 {},
                 map.interval,
                 map.max_age,
                 std::move(rows->keeping),
                 std::move(rows->samples),
                 std::nullopt,
                 std::move(rows->value_labels)};
}

std::optional<MapPlan> compile_stream(const config::Config& config, const config::MapConfig& map,
                                      const kernel::MapInfo& info, const ObjectFacts& object,
                                      config::Diagnostics& diagnostics) {
  auto events = compile_events(config, map, info, object.structs, object.own_structs, diagnostics);
  if (!events) return std::nullopt;
  return MapPlan{std::move(events->info),
                 std::nullopt,
                 {},
                 map.interval,
                 map.max_age,
                 std::nullopt,
                 std::move(events->samples),
                 std::move(events->plan)};
}

std::optional<MapPlan> compile_walked(const config::Config& config, const config::MapConfig& map,
                                      const kernel::MapInfo& info,
                                      config::Diagnostics& diagnostics) {
  const auto seen = rows_of(map, info, diagnostics);
  if (!seen) return std::nullopt;
  auto rows = compile_rows(config, map, *seen, diagnostics);
  if (!rows) return std::nullopt;
  return MapPlan{info,
                 std::nullopt,
                 reader_options(map, info),
                 map.interval,
                 map.max_age,
                 std::move(rows->keeping),
                 std::move(rows->samples),
                 std::nullopt,
                 std::move(rows->value_labels)};
}

std::optional<MapPlan> compile_own_map(const config::Config& config, const config::MapConfig& map,
                                       const ObjectFacts& object,
                                       config::Diagnostics& diagnostics) {
  const kernel::MapInfo* info = find_by_name(object.maps, "map", map.map, object.name, diagnostics);
  if (info == nullptr) return std::nullopt;
  if (kernel::is_event_stream(info->shape.type)) {
    return compile_stream(config, map, *info, object, diagnostics);
  }
  refuse_event_keys(map, *info, diagnostics);
  return compile_walked(config, fit_to_map(map, *info, diagnostics), *info, diagnostics);
}

// The number of this machine whose bytes are those of a number in the order of its type.
std::uint64_t as_stored(std::uint64_t number, const kernel::TypePtr& type) {
  if (type == nullptr || !type->big_endian) return number;
  return __builtin_bswap64(number) >> (64 - type->size * 8);
}

}  // namespace

void check_variable_keys(const config::MapConfig& map, config::Diagnostics& diagnostics) {
  if (map.reader.value != model::ReaderChoice::kAuto) {
    diagnostics.error(map.reader.at, "a variable has no 'reader': its section is mapped");
  }
  if (map.only_key) diagnostics.error(map.only_key->at, "a variable has no 'key'");
}

kernel::MapInfo variable_as_map(const kernel::GlobalInfo& variable) {
  const bool is_array =
      variable.type->kind == kernel::TypeKind::kArray && !variable.type->is_text();
  kernel::MapInfo info;
  info.name = variable.name;
  info.key = kernel::explicit_type("u32");
  info.value = is_array ? variable.type->element : variable.type;
  info.shape.type = kernel::kArrayType;
  info.shape.key_size = sizeof(std::uint32_t);
  info.shape.value_size = info.value->size;
  info.shape.max_entries = is_array ? variable.type->count : 1;
  return info;
}
kernel::ReaderOptions reader_options(const config::MapConfig& map, const kernel::MapInfo& info) {
  kernel::ReaderOptions options(map.reader.value, needs_cpus_apart(map), info.value);
  if (map.only_key) options.only_key = as_stored(map.only_key->value, info.key);
  return options;
}

std::optional<kernel::MapInfo> rows_of(const config::MapConfig& map, const kernel::MapInfo& info,
                                       config::Diagnostics& diagnostics) {
  const std::string what = "map '" + map.map.value + "' is " +
                           kernel::with_article(kernel::map_type_name(info.shape.type));
  if (info.inner != nullptr && map.only_key) {
    diagnostics.error(map.only_key->at, what + ": 'key' needs a map whose values are numbers");
    return std::nullopt;
  }
  if (info.inner != nullptr) {
    const auto inner = rows_of(map, *info.inner, diagnostics);
    if (!inner) return std::nullopt;
    kernel::MapInfo rows = *inner;
    rows.name = info.name;
    rows.inner = info.inner;  // entries cannot be taken out or deleted by such keys
    return with_suffix(rows, kOuterKey, key_or_bytes(info));
  }
  const std::string reason = kernel::why_not_walkable(info.shape.type);
  if (!reason.empty()) {
    diagnostics.error(map.map.at, what + ", which cannot be walked: " + reason);
    return std::nullopt;
  }
  check_reader(map, info, diagnostics);
  check_only_key(map, info, diagnostics);
  return info;
}

ObjectPlan compile_object(const config::Config& config, const ObjectFacts& object,
                          MetricNames& names, config::Diagnostics& diagnostics) {
  ObjectPlan plan;
  plan.globals = compile_globals(config, object, diagnostics);
  plan.programs = compile_programs(config, object, diagnostics);
  check_kernel_addresses(config, object, diagnostics);
  check_cgroup_ids(config, object, diagnostics);
  for (std::size_t i = 0; i < config.maps.size(); ++i) {
    const config::MapConfig& map = config.maps[i];
    claim_metric_names(config, map, names, diagnostics);
    if (map.is_foreign()) {
      plan.foreign.push_back(i);
      continue;
    }
    auto compiled = map.origin == config::MapOrigin::kVariable
                        ? compile_variable(config, map, object, diagnostics)
                        : compile_own_map(config, map, object, diagnostics);
    if (!compiled) continue;
    names.set_meanings(config, map, compiled->samples, diagnostics);
    plan.maps.push_back(*std::move(compiled));
  }
  return plan;
}

}  // namespace bpfmap::decode
