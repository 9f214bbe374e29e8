// SPDX-License-Identifier: Apache-2.0
#include "kernel/object/offload.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "kernel/attach/interfaces.h"

namespace bpfmap::kernel {
namespace {

const model::XdpTarget* offload_target(const ProgramRequest* request) {
  if (request == nullptr) return nullptr;
  for (const model::AttachTarget& target : request->targets) {
    const auto* const xdp = std::get_if<model::XdpTarget>(&target);
    if (xdp != nullptr && xdp->mode == model::XdpMode::kOffload) return xdp;
  }
  return nullptr;
}

Result<std::uint32_t> only_interface(const ObjectState& state, const ProgramInfo& program,
                                     const ProgramRequest& request,
                                     const model::XdpTarget& target) {
  Error error{.kind = ErrorKind::kConfiguration,
              .operation = "offload program",
              .subject = state.subject(program)};
  const auto all = list_interfaces();
  if (!all) return unexpected(all.error());
  const auto interfaces = select_interfaces(target.interfaces, *all);
  if (!interfaces) {
    error.detail = interfaces.error().message();
    return unexpected(std::move(error));
  }
  if (interfaces->size() != 1 || request.targets.size() != 1) {
    error.detail = "mode: offload takes exactly one interface and no other target";
    return unexpected(std::move(error));
  }
  return static_cast<std::uint32_t>(interfaces->front().index);
}

}  // namespace

Result<bool> choose_offload_device(ObjectState& state, std::span<const ProgramRequest> requests) {
  std::optional<std::uint32_t> device;
  bool only_that = true;
  for (std::size_t i = 0; i < state.programs.size(); ++i) {
    bpf_program* handle = state.states[i].handle;
    if (!bpf_program__autoload(handle)) continue;
    const ProgramRequest* request = find_request(requests, state.programs[i].name);
    const model::XdpTarget* target = offload_target(request);
    if (target == nullptr) {
      only_that = false;
      continue;
    }
    const auto interface = only_interface(state, state.programs[i], *request, *target);
    if (!interface) return unexpected(interface.error());
    bpf_program__set_ifindex(handle, *interface);
    only_that = only_that && device.value_or(*interface) == *interface;
    device = *interface;
  }
  if (!device || !only_that) return device.has_value();
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, state.handle.get()) { bpf_map__set_ifindex(map, *device); }
  return true;
}

}  // namespace bpfmap::kernel
