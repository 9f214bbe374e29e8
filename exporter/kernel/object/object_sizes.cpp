// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "kernel/map_types.h"
#include "kernel/object.h"
#include "kernel/object/object_state.h"
#include "kernel/readers/storage_reader.h"

// Sizes of maps that are not the object's own.
namespace bpfmap::kernel {
namespace {

Error sizes_error(std::string text) {
  return Error{.kind = ErrorKind::kConfiguration, .operation = std::move(text)};
}

MapInfo* map_to_size(ObjectState& state, const std::string& name) {
  const auto found = std::find_if(state.maps.begin(), state.maps.end(),
                                  [&](const MapInfo& map) { return map.name == name; });
  return found == state.maps.end() ? nullptr : &*found;
}

Error unknown_map(const ObjectState& state, const std::string& name) {
  std::vector<std::string> names;
  for (const MapInfo& map : state.maps) names.push_back(map.name);
  return sizes_error("no map '" + name + "' in " + state.name + suggestion(name, names));
}

// A type that describes other bytes than those of the map would name the wrong ones.
std::string why_not_of_size(const char* what, const TypePtr& type,
                            const std::optional<std::uint32_t>& size) {
  if (!size || type == nullptr || type->size == *size) return {};
  return std::string(what) + ": " + std::to_string(*size) + ", but its type " + type->name +
         " has " + std::to_string(type->size) +
         " bytes, by which its fields are found; leave it out, or change the type in the object";
}

std::string why_not_sizes(const MapInfo& map, const MapSizes& sizes) {
  if (is_event_stream(map.shape.type) && (sizes.key_size || sizes.value_size)) {
    return "key_size and value_size of " + with_article(map_type_name(map.shape.type)) +
           " are fixed";
  }
  std::string why = why_not_of_size("key_size", map.key, sizes.key_size);
  return why.empty() ? why_not_of_size("value_size", map.value, sizes.value_size) : why;
}

int resize(bpf_map* map, const MapSizes& sizes) {
  int failed = 0;
  if (sizes.key_size) failed = bpf_map__set_key_size(map, *sizes.key_size);
  if (failed == 0 && sizes.value_size) failed = bpf_map__set_value_size(map, *sizes.value_size);
  if (failed == 0 && sizes.max_entries) failed = bpf_map__set_max_entries(map, *sizes.max_entries);
  return failed;
}

// What was asked for stays as it is, though libbpf rounds it up (ring buffers): the
// checks judge that.
void update_shape(MapShape& shape, const MapSizes& asked) {
  shape.key_size = asked.key_size.value_or(shape.key_size);
  shape.value_size = asked.value_size.value_or(shape.value_size);
  shape.max_entries = asked.max_entries.value_or(shape.max_entries);
}

const MapInfo* info_of(const ObjectState& state, const std::string& name) {
  const auto found = std::find_if(state.maps.begin(), state.maps.end(),
                                  [&](const MapInfo& map) { return map.name == name; });
  return found == state.maps.end() ? nullptr : &*found;
}

Error size_error(const ObjectState& state, const MapSizesRequest& request, int code) {
  return Error{.kind = ErrorKind::kSystem,
               .operation = "set the size of map",
               .subject = request.map + " of " + state.name,
               .code = code};
}

UniqueFd create_map(const MapShape& shape) {
  bpf_map_create_opts options{};
  options.sz = sizeof(options);
  options.map_flags = shape.flags;
  return UniqueFd(bpf_map_create(static_cast<bpf_map_type>(shape.type), "inner", shape.key_size,
                                 shape.value_size, shape.max_entries, &options));
}

std::string why_not_request(const MapInfo& map, const MapSizesRequest& request) {
  if (std::string why = why_not_sizes(map, request.own); !why.empty()) return why;
  if (request.inner == MapSizes{}) return {};
  if (map.inner == nullptr) {
    return "it has no 'inner': " + (is_map_of_maps(map.shape.type)
                                        ? "nothing in the object says what the maps in it are"
                                        : "it is " + with_article(map_type_name(map.shape.type)));
  }
  std::string why = why_not_sizes(*map.inner, request.inner);
  return why.empty() ? why : "inner: " + why;
}

}  // namespace

Result<void> resize_maps(const ObjectState& state, const MapSizesRequest& request) {
  bpf_map* map = bpf_object__find_map_by_name(state.handle.get(), request.map.c_str());
  const int failed = map == nullptr ? -ENOENT : resize(map, request.own);
  if (failed == 0) return {};
  return unexpected(size_error(state, request, -failed));
}

// libbpf (1.1) has no way to change the map that it makes as a pattern of those in a map of maps,
// but takes another one.
Result<std::vector<UniqueFd>> make_inner_maps(const ObjectState& state) {
  std::vector<UniqueFd> patterns;
  for (const MapSizesRequest& request : state.sizes) {
    if (request.inner == MapSizes{}) continue;
    const MapShape& shape = info_of(state, request.map)->inner->shape;
    bpf_map* outer = bpf_object__find_map_by_name(state.handle.get(), request.map.c_str());
    UniqueFd pattern = create_map(shape);
    if (!pattern) return unexpected(size_error(state, request, errno));
    const int failed = bpf_map__set_inner_map_fd(outer, pattern.get());
    if (failed != 0) return unexpected(size_error(state, request, -failed));
    patterns.push_back(std::move(pattern));
  }
  return patterns;
}

std::string inner_sizes_in_words(const ObjectState& state, const std::string& map) {
  const auto request = std::find_if(state.sizes.begin(), state.sizes.end(),
                                    [&](const MapSizesRequest& one) { return one.map == map; });
  if (request == state.sizes.end() || request->inner == MapSizes{}) return {};
  const MapShape& shape = info_of(state, map)->inner->shape;
  return " inner_sizes=" + std::to_string(shape.key_size) + "," + std::to_string(shape.value_size) +
         "," + std::to_string(shape.max_entries);
}

Result<void> Object::set_sizes(const MapSizesRequest& request) {
  ObjectState& state = *state_;
  MapInfo* info = map_to_size(state, request.map);
  if (info == nullptr) return unexpected(unknown_map(state, request.map));
  if (std::string why = why_not_request(*info, request); !why.empty()) {
    return unexpected(sizes_error("map '" + request.map + "': " + std::move(why)));
  }
  if (auto resized = resize_maps(state, request); !resized) return resized;
  state.sizes.push_back(request);
  if (storage_key(info->shape.type) == nullptr) update_shape(info->shape, request.own);
  for (const std::shared_ptr<StackMap>& stacks : *state.stacks) {
    // Nothing reads them before load(), which binds them.
    if (stacks->name() == info->name) *stacks = StackMap(info->name, info->shape);
  }
  if (info->inner == nullptr) return {};
  auto inner = std::make_shared<MapInfo>(*info->inner);
  update_shape(inner->shape, request.inner);
  info->inner = std::move(inner);
  return {};
}

}  // namespace bpfmap::kernel
