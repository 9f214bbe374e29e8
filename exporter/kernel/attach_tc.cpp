// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach_tc.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <string>
#include <utility>

#include "kernel/attach_interfaces.h"
#include "kernel/libbpf_log.h"
#include "kernel/load_failure.h"

namespace bpfmap::kernel {
namespace {

// enum bpf_attach_type, missing from headers before Linux 6.6.
constexpr int kTcxIngress = 46;
constexpr int kTcxEgress = 47;
constexpr std::uint32_t kMostPriority = 65535;

std::string where(const TcTarget& target, const Interface& interface) {
  return "to " + interface.name + (target.ingress ? " (ingress)" : " (egress)");
}

std::string place_of(const TcTarget& target, const Interface& interface) {
  return std::string(target.ingress ? "tc ingress " : "tc egress ") +
         std::to_string(target.priority) + " " + place_name(interface);
}

// A tcx link ends with its descriptor, which a clsact filter does not, and shares nothing with
// others that could be taken from them. Kernels that do not know the attach type answer EINVAL.
UniqueFd try_tcx(const LoadedProgram& program, const TcTarget& target, const Interface& interface) {
  const int type = target.ingress ? kTcxIngress : kTcxEgress;
  return UniqueFd(bpf_link_create(bpf_program__fd(program.handle), interface.index,
                                  static_cast<bpf_attach_type>(type), nullptr));
}

Result<Attachment::Handle> attach_to_interface(const LoadedProgram& program, const TcTarget& target,
                                               const Interface& interface) {
  const LibbpfLog log;
  if (target.priority == 0) {
    if (UniqueFd link = try_tcx(program, target, interface))
      return Attachment::Handle(std::move(link));
    if (errno != EINVAL) {
      return unexpected(attach_error(program, where(target, interface), errno, {}, "tc"));
    }
  }
  const TcFilter::Place place{interface.index, target.ingress, target.priority};
  auto filter = TcFilter::create(place, bpf_program__fd(program.handle));
  if (filter) return Attachment::Handle(std::move(*filter));
  return unexpected(attach_error(program, where(target, interface), -filter.error(),
                                 join_warnings(log.warnings()), "tc"));
}

}  // namespace

Sites tc_sites(const LoadedProgram& program, const TcTarget& target) {
  if (target.priority > kMostPriority) {
    return {{}, {bad_target(program, "a tc priority is at most 65535")}, {}};
  }
  return interface_sites(
      program, target.interfaces,
      [&](const Interface& interface) { return place_of(target, interface); },
      [&](const Interface& interface) { return where(target, interface); },
      [&](const Interface& interface) { return attach_to_interface(program, target, interface); });
}

}  // namespace bpfmap::kernel
