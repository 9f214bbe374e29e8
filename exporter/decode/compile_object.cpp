// SPDX-License-Identifier: Apache-2.0
#include "decode/compile_object.h"

#include "base/suggest.h"
#include "decode/compile_map.h"
#include "decode/compile_programs.h"
#include "decode/globals.h"
#include "kernel/map_types.h"

namespace bpfmap::decode {
namespace {

// The item of that name; otherwise an error that says what there is.
template <typename Info>
const Info* find_by_name(std::span<const Info> infos, const char* what,
                         const config::Located<std::string>& name, const std::string& object,
                         config::Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const Info& info : infos) {
    if (info.name == name.value) return &info;
    names.push_back(info.name);
  }
  diagnostics.error(name.at, std::string("no ") + what + " '" + name.value + "' in " + object +
                                 suggestion(name.value, names));
  return nullptr;
}

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

kernel::ReaderChoice choice_of(config::ReaderKind kind) {
  switch (kind) {
    case config::ReaderKind::kAuto: return kernel::ReaderChoice::kAuto;
    case config::ReaderKind::kBatch: return kernel::ReaderChoice::kBatch;
    case config::ReaderKind::kNextKey: return kernel::ReaderChoice::kNextKey;
    case config::ReaderKind::kMmap: return kernel::ReaderChoice::kMmap;
    case config::ReaderKind::kIter: return kernel::ReaderChoice::kIter;
  }
  return kernel::ReaderChoice::kAuto;
}

bool check_walkable(const config::MapConfig& map, const kernel::MapInfo& info,
                    config::Diagnostics& diagnostics) {
  const std::string reason = kernel::why_not_walkable(info.shape.type);
  if (!reason.empty()) {
    diagnostics.error(map.map.at, "map '" + info.name + "' is a " +
                                      kernel::map_type_name(info.shape.type) +
                                      ", which cannot be walked: " + reason);
    return false;
  }
  if (map.reader.value == config::ReaderKind::kMmap && !kernel::is_mmapable(info.shape)) {
    diagnostics.error(map.reader.at,
                      "reader mmap: map '" + info.name + "' is no array with BPF_F_MMAPABLE");
  }
  return true;
}

MapPlan plan_of_events(const config::MapConfig& map, CompiledEvents events) {
  return {std::move(events.info),    kernel::ReaderChoice::kAuto, map.interval, map.max_age,
          std::move(events.samples), std::move(events.plan)};
}

}  // namespace

ObjectPlan compile_object(const config::Config& config, const ObjectFacts& object,
                          MetricNames& names, config::Diagnostics& diagnostics) {
  ObjectPlan plan;
  plan.globals = compile_globals(config, object, diagnostics);
  plan.programs = compile_programs(config, object, diagnostics);
  for (const config::MapConfig& map : config.maps) {
    const kernel::MapInfo* info =
        find_by_name(object.maps, "map", map.map, object.name, diagnostics);
    if (info == nullptr) continue;
    if (kernel::is_event_stream(info->shape.type)) {
      auto events = compile_events(config, map, *info, object.structs, names, diagnostics);
      if (events) plan.maps.push_back(plan_of_events(map, *std::move(events)));
      continue;
    }
    refuse_event_keys(map, *info, diagnostics);
    if (!check_walkable(map, *info, diagnostics)) continue;
    auto samples = compile_map(config, map, *info, names, diagnostics);
    if (!samples) continue;
    plan.maps.push_back(
        {*info, choice_of(map.reader.value), map.interval, map.max_age, *std::move(samples)});
  }
  return plan;
}

}  // namespace bpfmap::decode
