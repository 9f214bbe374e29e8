// SPDX-License-Identifier: Apache-2.0
#include "kernel/pins/map_parameters.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "kernel/map_types.h"

namespace bpfmap::kernel {
namespace {

std::string differs(std::string_view what, std::uint64_t pinned, std::uint64_t ours) {
  if (pinned == ours) return {};
  return std::string(what) + " is " + std::to_string(pinned) + " in the pinned map and " +
         std::to_string(ours) + " in the object";
}

// The kernel keeps 15 characters of a name.
std::string name_difference(std::string_view pinned, std::string_view ours) {
  ours = ours.substr(0, BPF_OBJ_NAME_LEN - 1);
  if (pinned.empty() || pinned == ours) return {};
  return "it is called '" + std::string(pinned) + "'";
}

// What the kernel adds to the flags of a devmap says nothing about the object's.
std::uint32_t comparable_flags(const bpf_map_info& info) {
  const bool is_devmap = info.type == BPF_MAP_TYPE_DEVMAP || info.type == BPF_MAP_TYPE_DEVMAP_HASH;
  return is_devmap ? info.map_flags & ~std::uint32_t{BPF_F_RDONLY_PROG} : info.map_flags;
}

std::string type_difference(const bpf_map_info& info, const bpf_map* map) {
  const auto ours = static_cast<std::uint32_t>(bpf_map__type(map));
  if (info.type == ours) return {};
  return "the pinned map is " + with_article(map_type_name(info.type)) + ", that of the object " +
         with_article(map_type_name(ours));
}

std::string flags_difference(const bpf_map_info& info, const bpf_map* map) {
  const std::uint32_t pinned = comparable_flags(info);
  if (pinned == bpf_map__map_flags(map)) return {};
  return "flags are " + map_flag_names(pinned) + " in the pinned map and " +
         map_flag_names(bpf_map__map_flags(map)) + " in the object";
}

// An array of perf events has as many entries as there are CPUs where the object says none; the
// kernel rounds up those of an LRU map with lists of its CPUs.
std::string count_difference(const bpf_map_info& info, const bpf_map* map) {
  const std::uint32_t ours = bpf_map__max_entries(map);
  if (ours == 0 && is_perf_event_array(info.type)) return {};
  const bool is_rounded = is_lru(info.type) && (info.map_flags & BPF_F_NO_COMMON_LRU) != 0;
  const int cpus = libbpf_num_possible_cpus();
  if (is_rounded && cpus > 0 && info.max_entries >= ours &&
      info.max_entries - ours < static_cast<std::uint32_t>(cpus)) {
    return {};
  }
  return differs("max_entries", info.max_entries, ours);
}

}  // namespace

std::string parameter_difference(const bpf_map* map, int pinned) {
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(pinned, &info, &size) != 0) return errno_in_words(errno);
  std::string text;
  for (const std::string& one :
       {type_difference(info, map), differs("key_size", info.key_size, bpf_map__key_size(map)),
        differs("value_size", info.value_size, bpf_map__value_size(map)),
        count_difference(info, map), flags_difference(info, map),
        differs("map_extra", info.map_extra, bpf_map__map_extra(map)),
        name_difference(info.name, bpf_map__name(map))}) {
    if (!one.empty()) text += (text.empty() ? "" : ", ") + one;
  }
  return text;
}

}  // namespace bpfmap::kernel
