// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/xdp.h"

#include <bpf/bpf.h>
#include <linux/if_link.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>

#include "kernel/attach/interface_sites.h"
#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {
namespace {

std::uint32_t mode_flags(model::XdpMode mode) {
  switch (mode) {
    case model::XdpMode::kAuto: return 0;
    case model::XdpMode::kGeneric: return XDP_FLAGS_SKB_MODE;
    case model::XdpMode::kNative: return XDP_FLAGS_DRV_MODE;
    case model::XdpMode::kOffload: return XDP_FLAGS_HW_MODE;
  }
  return 0;
}

std::string place_of(const Interface& interface, model::XdpMode mode) {
  return "xdp " + std::to_string(mode_flags(mode)) + " " + place_name(interface);
}

// " (\"name\")" where this process may ask the kernel for it (CAP_SYS_ADMIN), nothing otherwise.
std::string name_of_program(std::uint32_t id) {
  const UniqueFd fd(bpf_prog_get_fd_by_id(id));
  if (!fd) return {};
  bpf_prog_info info{};
  std::uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd.get(), &info, &size) != 0) return {};
  return std::string(" (") + info.name + ")";
}

// Which program holds the interface: the errno alone does not tell.
std::string program_holding(const Interface& interface) {
  std::uint32_t id = 0;
  if (bpf_xdp_query_id(interface.index, 0, &id) != 0 || id == 0) return {};
  return "XDP program " + std::to_string(id) + name_of_program(id) +
         " is attached to it already, and an interface takes one";
}

Result<Attachment::Handle> attach_to_interface(const LoadedProgram& program,
                                               const Interface& interface, model::XdpMode mode) {
  const LibbpfLog log;
  bpf_link_create_opts options{};
  options.sz = sizeof(options);
  options.flags = mode_flags(mode);
  // A link, and not netlink: the kernel detaches it when the descriptor closes, even if this
  // process is killed.
  UniqueFd link(
      bpf_link_create(bpf_program__fd(program.handle), interface.index, BPF_XDP, &options));
  if (link) return Attachment::Handle(std::move(link));
  const int code = errno;
  std::string detail;
  if (code == EBUSY || code == EEXIST) detail = program_holding(interface);
  return unexpected(attach_error(program, "to " + interface.name, code, std::move(detail), "xdp"));
}

}  // namespace

Sites xdp_sites(const LoadedProgram& program, const model::XdpTarget& target) {
  return interface_sites(
      program, target.interfaces,
      [&](const Interface& interface) { return place_of(interface, target.mode); },
      [](const Interface& interface) { return "to " + interface.name; },
      [&](const Interface& interface) {
        return attach_to_interface(program, interface, target.mode);
      });
}

}  // namespace bpfmap::kernel
