// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "kernel/map_types.h"
#include "kernel/object/object_state.h"
#include "kernel/readers/storage_reader.h"
#include "kernel/section.h"
#include "kernel/types/btf_layout.h"

// What an opened object says about itself.
namespace bpfmap::kernel {
namespace {

void describe_programs(ObjectState& state) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, state.handle.get()) {
    ProgramInfo info;
    info.name = bpf_program__name(program);
    info.section = bpf_program__section_name(program);
    const char* type = libbpf_bpf_prog_type_str(bpf_program__type(program));
    info.type = type == nullptr ? "unknown" : type;
    const bool known = bpf_program__type(program) != BPF_PROG_TYPE_UNSPEC;
    const bool attaches = libbpf_attaches(info.section) || target_in_section(info.section);
    info.section_attaches = known && attaches;
    info.autoload = bpf_program__autoload(program);
    ProgramState program_state;
    program_state.handle = program;
    program_state.autoload = info.autoload;
    program_state.status.name = info.name;
    program_state.status.section = info.section;
    program_state.status.type = info.type;
    state.programs.push_back(std::move(info));
    state.states.push_back(std::move(program_state));
  }
}

// The tables behind libbpf's usdt.bpf.h.
bool is_plumbing(const bpf_map* map) {
  return std::string_view(bpf_map__name(map)).starts_with("__bpf_usdt_");
}

Result<TypePtr> type_or_none(BtfLayout& layout, std::uint32_t id) {
  if (id == 0) return TypePtr();
  return layout.type(id);
}

Error about(const ObjectState& state, const std::string& what, const Error& error) {
  return Error{.kind = ErrorKind::kConfiguration,
               .operation = "read the types of",
               .subject = what + " of " + state.name,
               .detail = error.message()};
}

Result<MapInfo> describe_map(const ObjectState& state, const bpf_map* map, BtfLayout& layout) {
  MapInfo info;
  info.name = bpf_map__name(map);
  info.shape = describe_shape(map);
  auto key = type_or_none(layout, bpf_map__btf_key_type_id(map));
  if (!key) return unexpected(about(state, "map " + info.name, key.error()));
  auto value = type_or_none(layout, bpf_map__btf_value_type_id(map));
  if (!value) return unexpected(about(state, "map " + info.name, value.error()));
  info.key = std::move(*key);
  info.value = std::move(*value);
  // Libbpf's key of a storage map, an int, is a descriptor to look one value up by; an iterator
  // that lists them gets to know what each belongs to.
  if (TypePtr listed = storage_key(info.shape.type)) {
    info.key = std::move(listed);
    info.shape.key_size = info.key->size;
  }
  info.pinned_by_name = state.named.contains(info.name);
  info.shape.has_spin_lock = info.value && has_spin_lock(*info.value);
  // libbpf changes nothing through the map it returns; its signature lacks the const.
  if (const bpf_map* inner = bpf_map__inner_map(const_cast<bpf_map*>(map))) {
    auto described = describe_map(state, inner, layout);
    if (!described) return described;
    info.inner = std::make_shared<const MapInfo>(*std::move(described));
  }
  return info;
}

bool is_data_section(std::string_view name) {
  return name.starts_with(".data") || name.starts_with(".rodata") || name.starts_with(".bss");
}

// The section of an internal map has a name of its own only in BTF; the map's is cut and prefixed.
Result<void> describe_globals(ObjectState& state, const bpf_map* map, BtfLayout& layout) {
  const std::uint32_t id = bpf_map__btf_value_type_id(map);
  const std::string section = layout.name_of(id);
  if (id == 0 || !is_data_section(section)) return {};
  auto variables = layout.variables(id);
  if (!variables) return unexpected(about(state, "section " + section, variables.error()));
  for (BtfVariable& variable : *variables) {
    if (is_static_in_function(variable.name)) continue;
    state.globals.push_back(
        {std::move(variable.name), section, std::move(variable.type), variable.offset});
  }
  return {};
}

// Every map of an object can have ids of the stacks in each of its stack maps.
void describe_stacks(ObjectState& state) {
  state.stacks = std::make_shared<StackMaps>();
  for (MapInfo& map : state.maps) {
    map.stacks = state.stacks;
    if (is_stack_trace(map.shape.type)) {
      state.stacks->push_back(std::make_shared<StackMap>(map.name, map.shape));
    }
  }
}

}  // namespace

MapShape describe_shape(const bpf_map* map) {
  MapShape shape;
  shape.type = bpf_map__type(map);
  shape.key_size = bpf_map__key_size(map);
  shape.value_size = bpf_map__value_size(map);
  shape.max_entries = bpf_map__max_entries(map);
  shape.flags = bpf_map__map_flags(map);
  shape.per_cpu = is_per_cpu(shape.type);
  if (shape.per_cpu) {
    shape.cpus = static_cast<std::uint32_t>(std::max(1, libbpf_num_possible_cpus()));
  }
  return shape;
}

Result<void> describe_object(ObjectState& state) {
  describe_programs(state);
  BtfLayout layout(bpf_object__btf(state.handle.get()));
  const bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(state.handle.get(), map)) != nullptr) {
    if (bpf_map__is_internal(map)) {
      if (auto described = describe_globals(state, map, layout); !described) return described;
    } else if (!is_plumbing(map)) {
      auto described = describe_map(state, map, layout);
      if (!described) return unexpected(std::move(described.error()));
      state.maps.push_back(*std::move(described));
    }
  }
  describe_stacks(state);
  return {};
}

}  // namespace bpfmap::kernel
