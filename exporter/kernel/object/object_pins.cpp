// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/log.h"
#include "kernel/object/object_state.h"
#include "kernel/types/map_layout.h"

// What becomes of maps that are pinned.
namespace bpfmap::kernel {
namespace {

bool is_ring(const bpf_map* map) { return bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF; }

bool may_be_taken_over(const ObjectState& state, const bpf_map* map) {
  return outlives_its_object(map) && (state.with_rings || !is_ring(map)) &&
         !NamedMapWriter::is_shared(state, lasting_name(map));
}

Result<void> read_layouts(ObjectState& state) {
  const bpf_map* map = nullptr;
  bpf_object__for_each_map(map, state.handle.get()) {
    auto layout = map_layout(state.handle.get(), map);
    if (!layout) {
      return unexpected(Error{.kind = ErrorKind::kConfiguration,
                              .operation = "read the types of",
                              .subject = "map " + lasting_name(map) + " of " + state.name,
                              .detail = layout.error().message()});
    }
    const std::string name = lasting_name(map);
    state.layouts[name] = *std::move(layout) + inner_sizes_in_words(state, name);
  }
  return {};
}

// The manifest says what a map was made for, the kernel what it is.
std::string shape_difference(const bpf_map* map, int fd) {
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0) return errno_in_words(errno);
  const bool same = info.type == static_cast<std::uint32_t>(bpf_map__type(map)) &&
                    info.key_size == bpf_map__key_size(map) &&
                    info.value_size == bpf_map__value_size(map);
  return same ? std::string() : "the pinned map is another one";
}

// Why the contents of the pinned maps cannot be used, all together: entries of one map may stand
// for something in another. Empty where they can.
std::string why_afresh(const ObjectState& state) {
  if (!state.left.problem.empty()) return state.left.problem;
  const bpf_map* map = nullptr;
  bpf_object__for_each_map(map, state.handle.get()) {
    const std::string name = lasting_name(map);
    const auto pinned = state.left.maps.find(name);
    if (pinned == state.left.maps.end() || !may_be_taken_over(state, map)) continue;
    const auto was = std::find_if(state.left.manifest.maps.begin(), state.left.manifest.maps.end(),
                                  [&](const auto& one) { return one.name == name; });
    std::string difference = layout_difference(state.layouts.at(name), was->layout);
    if (difference.empty()) difference = shape_difference(map, pinned->second.get());
    if (!difference.empty()) return "map " + name + ": " + difference;
  }
  return {};
}

void choose(ObjectState& state) {
  const bpf_map* map = nullptr;
  bpf_object__for_each_map(map, state.handle.get()) {
    const std::string name = lasting_name(map);
    if (state.left.maps.contains(name) && may_be_taken_over(state, map)) {
      state.taken_over.push_back(name);
    }
  }
}

}  // namespace

Result<void> choose_pinned_maps(ObjectState& state) {
  state.left = read_pins(*state.pins);
  if (auto read = read_layouts(state); !read) return read;
  if (const std::string why = why_afresh(state); !why.empty()) {
    log::warning("pinned maps cannot be taken over: counts start afresh",
                 {{"object", state.name}, {"reason", why}});
    return {};
  }
  choose(state);
  if (state.left.manifest.object.empty()) return {};
  log::info("pinned maps are taken over",
            {{"object", state.name},
             {"maps", state.taken_over.size()},
             {"file", state.left.manifest.object == state.sha256 ? "same" : "changed"}});
  return {};
}

Result<void> reuse_pinned_maps(const ObjectState& state) {
  const bpf_map* next = nullptr;
  bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(state.handle.get(), next)) != nullptr) {
    next = map;
    const std::string name = lasting_name(map);
    if (std::find(state.taken_over.begin(), state.taken_over.end(), name) ==
        state.taken_over.end()) {
      continue;
    }
    const int failed = bpf_map__reuse_fd(map, state.left.maps.at(name).get());
    if (failed == 0) continue;
    return unexpected(Error{.kind = ErrorKind::kSystem,
                            .operation = "take over pinned map",
                            .subject = name + " of " + state.name,
                            .code = -failed});
  }
  return {};
}

}  // namespace bpfmap::kernel
