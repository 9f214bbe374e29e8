// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <string>
#include <utility>

#include "base/log.h"
#include "kernel/object.h"
#include "kernel/object/object_state.h"
#include "kernel/pins/map_parameters.h"

// Maps that several loaders share by their name (LIBBPF_PIN_BY_NAME). libbpf would pin them as soon
// as they are made, whatever comes after; here they are pinned when all has started.
namespace bpfmap::kernel {
namespace {

bpf_map* opened_map(const ObjectState& state, const std::string& name) {
  return bpf_object__find_map_by_name(state.handle.get(), name.c_str());
}

Error other_parameters(const ObjectState& state, const std::string& name, std::string difference) {
  const std::string path = state.named_pins->path(name);
  Error error{.kind = ErrorKind::kSystem,
              .operation = "share map",
              .subject = name + " of " + state.name,
              .detail = std::move(difference)};
  error.detail = path + " is another map: " + error.detail;
  error.hint =
      "the object asks for the map that is pinned there (LIBBPF_PIN_BY_NAME): make the two equal, "
      "give the map another name, or, if nothing needs what is pinned any more, rm " +
      path;
  return error;
}

Result<void> reuse_one(ObjectState& state, const std::string& name) {
  auto pinned = state.named_pins->open(name);
  if (!pinned) {
    Error error = pinned.error();
    error.subject += " (map " + name + " of " + state.name + ")";
    return unexpected(std::move(error));
  }
  state.named[name] = static_cast<bool>(*pinned);
  if (!*pinned) return {};
  bpf_map* map = opened_map(state, name);
  if (std::string difference = parameter_difference(map, pinned->get()); !difference.empty()) {
    return unexpected(other_parameters(state, name, std::move(difference)));
  }
  const int failed = bpf_map__reuse_fd(map, pinned->get());
  if (failed == 0) return {};
  return unexpected(Error{.kind = ErrorKind::kSystem,
                          .operation = "share map",
                          .subject = name + " of " + state.name,
                          .code = -failed});
}

}  // namespace

void keep_names_to_pin(ObjectState& state) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, state.handle.get()) {
    if (bpf_map__pin_path(map) == nullptr) continue;
    state.named.emplace(bpf_map__name(map), false);
    bpf_map__set_pin_path(map, nullptr);
  }
}

Result<void> reuse_named_maps(ObjectState& state) {
  if (state.named_pins == nullptr) return {};
  for (const auto& [name, ignored] : state.named) {
    if (auto reused = reuse_one(state, name); !reused) return reused;
  }
  return {};
}

Result<void> offer_named_maps(const ObjectState& state) {
  if (state.named_pins == nullptr) return {};
  for (const auto& [name, taken_over] : state.named) {
    if (taken_over) {
      log::info("a pinned map is shared",
                {{"object", state.name}, {"map", name}, {"path", state.named_pins->path(name)}});
      continue;
    }
    const int fd = bpf_map__fd(opened_map(state, name));
    if (auto offered = state.named_pins->offer(name, fd); !offered) return offered;
  }
  return {};
}

bool NamedMapWriter::is_shared(const ObjectState& state, const std::string& map) {
  return state.named_pins != nullptr && state.named.contains(map);
}

Result<void> NamedMapWriter::write() {
  if (state_->named_pins == nullptr) return {};
  for (const auto& [name, ignored] : state_->named) {
    const auto pinned = state_->named_pins->pin(name, bpf_map__fd(opened_map(*state_, name)));
    if (!pinned) return unexpected(pinned.error());
    if (*pinned) made_.push_back(name);
  }
  return {};
}

void NamedMapWriter::undo() const {
  for (const std::string& name : made_) unlink(state_->named_pins->path(name).c_str());
}

void NamedMapWriter::tell() const {
  for (const std::string& name : made_) {
    log::info("a map is pinned by its name",
              {{"object", state_->name}, {"map", name}, {"path", state_->named_pins->path(name)}});
  }
}

void Object::share_named_maps(std::shared_ptr<NamedPins> pins) {
  state_->named_pins = std::move(pins);
}

}  // namespace bpfmap::kernel
