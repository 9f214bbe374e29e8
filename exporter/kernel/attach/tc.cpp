// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/tc.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <string>
#include <utility>

#include "kernel/attach/interface_sites.h"
#include "kernel/libbpf/load_failure.h"
#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {
namespace {

bool is_ingress(const model::TcTarget& target) {
  return target.direction != model::TcDirection::kEgress;
}

// enum bpf_attach_type, missing from headers before Linux 6.6.
constexpr int kTcxIngress = 46;
constexpr int kTcxEgress = 47;
constexpr std::uint32_t kMostPriority = 65535;

std::string where(const model::TcTarget& target, const Interface& interface) {
  return "to " + interface.name + (is_ingress(target) ? " (ingress)" : " (egress)");
}

std::string place_of(const model::TcTarget& target, const Interface& interface) {
  return std::string(is_ingress(target) ? "tc ingress " : "tc egress ") +
         std::to_string(target.priority) + " " + place_name(interface);
}

// A tcx link ends with its descriptor, which a clsact filter does not, and shares nothing with
// others that could be taken from them. Kernels that do not know the attach type answer EINVAL.
UniqueFd try_tcx(const LoadedProgram& program, const model::TcTarget& target,
                 const Interface& interface) {
  const int type = is_ingress(target) ? kTcxIngress : kTcxEgress;
  return UniqueFd(bpf_link_create(bpf_program__fd(program.handle), interface.index,
                                  static_cast<bpf_attach_type>(type), nullptr));
}

Result<Attachment::Handle> attach_to_interface(const LoadedProgram& program,
                                               const model::TcTarget& target,
                                               const Interface& interface) {
  const LibbpfLog log;
  if (target.priority == 0) {
    if (UniqueFd link = try_tcx(program, target, interface))
      return Attachment::Handle(std::move(link));
    if (errno != EINVAL) {
      return unexpected(attach_error(program, where(target, interface), errno, {}, "tc"));
    }
  }
  const TcFilter::Place place{interface.index, is_ingress(target), target.priority};
  auto filter = TcFilter::create(place, bpf_program__fd(program.handle));
  if (filter) return Attachment::Handle(std::move(*filter));
  return unexpected(attach_error(program, where(target, interface), -filter.error(),
                                 join_warnings(log.warnings()), "tc"));
}

}  // namespace

Sites tc_sites(const LoadedProgram& program, const model::TcTarget& target) {
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
