// SPDX-License-Identifier: Apache-2.0
#include "kernel/types/map_layout.h"

#include <cstdint>
#include <sstream>
#include <vector>

#include "base/sha256.h"
#include "kernel/map_difference.h"
#include "kernel/map_types.h"
#include "kernel/types/btf_layout.h"

namespace bpfmap::kernel {
namespace {

// Enough to tell layouts apart that were not made to collide.
std::string digest(std::string_view text) { return sha256_hex(text).substr(0, 16); }

Result<void> append_type(std::string& text, BtfLayout& layout, std::uint32_t id) {
  if (id == 0) return {};
  const auto type = layout.type(id);
  if (!type) return unexpected(type.error());
  append_fields(text, **type);
  return {};
}

Result<std::string> types_of(const bpf_object* object, const bpf_map* map) {
  BtfLayout layout(bpf_object__btf(object));
  std::string text;
  if (bpf_map__is_internal(map)) {
    if (bpf_map__btf_value_type_id(map) == 0) return text;
    const auto variables = layout.variables(bpf_map__btf_value_type_id(map));
    if (!variables) return unexpected(variables.error());
    for (const BtfVariable& variable : *variables) {
      text += variable.name + "@" + std::to_string(variable.offset) + " ";
      append_fields(text, *variable.type);
    }
    return text;
  }
  if (auto key = append_type(text, layout, bpf_map__btf_key_type_id(map)); !key) {
    return unexpected(key.error());
  }
  text += "->";
  auto value = append_type(text, layout, bpf_map__btf_value_type_id(map));
  return value ? Result<std::string>(text) : unexpected(value.error());
}

std::string sizes_of(const bpf_map* map) {
  return "type=" + map_type_name(bpf_map__type(map)) +
         " key=" + std::to_string(bpf_map__key_size(map)) +
         " value=" + std::to_string(bpf_map__value_size(map)) +
         " max_entries=" + std::to_string(bpf_map__max_entries(map)) +
         " flags=" + std::to_string(bpf_map__map_flags(map));
}

std::string initial_values(const bpf_map* map) {
  std::size_t size = 0;
  // libbpf changes nothing through the map; its signature lacks the const.
  const void* bytes = bpf_map__initial_value(const_cast<bpf_map*>(map), &size);
  return bytes == nullptr ? std::string() : digest({static_cast<const char*>(bytes), size});
}

std::vector<std::string> words_of_layout(std::string_view layout) {
  std::istringstream stream{std::string(layout)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace

std::string lasting_name(const bpf_map* map) {
  const std::string name = bpf_map__name(map);
  const std::size_t dot = name.find('.');
  return bpf_map__is_internal(map) && dot != std::string::npos ? name.substr(dot) : name;
}

bool outlives_its_object(const bpf_map* map) {
  switch (bpf_map__type(map)) {
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
    case BPF_MAP_TYPE_STRUCT_OPS: return false;
    default: break;
  }
  const bool constant =
      bpf_map__is_internal(map) && (bpf_map__map_flags(map) & BPF_F_RDONLY_PROG) != 0;
  return !constant && !std::string_view(bpf_map__name(map)).starts_with("__bpf_usdt_");
}

Result<std::string> map_layout(const bpf_object* object, const bpf_map* map) {
  const auto types = types_of(object, map);
  if (!types) return unexpected(types.error());
  std::string layout = sizes_of(map) + " fields=" + digest(*types);
  if (const std::string values = initial_values(map); !values.empty()) {
    layout += " initial_values=" + values;
  }
  const bpf_map* inner = bpf_map__inner_map(const_cast<bpf_map*>(map));
  return inner == nullptr ? layout : layout + " inner=" + digest(sizes_of(inner));
}

std::string layout_difference(std::string_view now, std::string_view before) {
  if (now == before) return {};
  const std::vector<std::string> ours = words_of_layout(now);
  const std::vector<std::string> theirs = words_of_layout(before);
  if (ours.size() != theirs.size())
    return "'" + std::string(now) + "' instead of '" + std::string(before) + "'";
  std::string text;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (ours[i] == theirs[i]) continue;
    if (!text.empty()) text += ", ";
    const std::string name = ours[i].substr(0, ours[i].find('='));
    const bool is_digest = name == "fields" || name == "initial_values" || name == "inner";
    text += is_digest ? name + " differ" : ours[i] + " instead of " + theirs[i];
  }
  return text;
}

}  // namespace bpfmap::kernel
