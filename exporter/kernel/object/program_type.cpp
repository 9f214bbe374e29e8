// SPDX-License-Identifier: Apache-2.0
#include "kernel/object/program_type.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/suggest.h"
#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {
namespace {

// The sections of programs that bpf_program__attach_cgroup() takes (libbpf 1.1).
constexpr std::array<const char*, 25> kCgroupSections{"cgroup_skb/ingress",
                                                      "cgroup_skb/egress",
                                                      "cgroup/sock_create",
                                                      "cgroup/sock_release",
                                                      "cgroup/post_bind4",
                                                      "cgroup/post_bind6",
                                                      "cgroup/bind4",
                                                      "cgroup/bind6",
                                                      "cgroup/connect4",
                                                      "cgroup/connect6",
                                                      "cgroup/sendmsg4",
                                                      "cgroup/sendmsg6",
                                                      "cgroup/recvmsg4",
                                                      "cgroup/recvmsg6",
                                                      "cgroup/getpeername4",
                                                      "cgroup/getpeername6",
                                                      "cgroup/getsockname4",
                                                      "cgroup/getsockname6",
                                                      "cgroup/sysctl",
                                                      "cgroup/getsockopt",
                                                      "cgroup/setsockopt",
                                                      "cgroup/dev",
                                                      "cgroup/skb",
                                                      "cgroup/sock",
                                                      "sockops"};

bool is_cgroup_section(std::string_view type) {
  return std::find(kCgroupSections.begin(), kCgroupSections.end(), type) != kCgroupSections.end();
}

// What tc programs are called for tcx, in objects for a newer libbpf.
std::string_view in_libbpfs_words(std::string_view section) {
  return section == "tcx" ? "tc" : section;
}

std::optional<ProgramType> known_section(std::string_view section) {
  const LibbpfLog log;  // it lists all that it knows
  ProgramType type;
  const std::string name(in_libbpfs_words(section));
  if (libbpf_prog_type_by_name(name.c_str(), &type.type, &type.attach_type) != 0) {
    return std::nullopt;
  }
  return type;
}

struct TypeVisitor {
  std::optional<ProgramType> operator()(const model::XdpTarget& /*target*/) const {
    return ProgramType{BPF_PROG_TYPE_XDP, BPF_XDP};
  }
  std::optional<ProgramType> operator()(const model::TcTarget& /*target*/) const {
    return ProgramType{BPF_PROG_TYPE_SCHED_CLS, {}};
  }
  std::optional<ProgramType> operator()(const model::CgroupTarget& target) const {
    if (!is_cgroup_section(target.type)) return std::nullopt;
    return known_section(target.type);
  }
  std::optional<ProgramType> operator()(const model::PerfEventTarget& /*target*/) const {
    return ProgramType{BPF_PROG_TYPE_PERF_EVENT, {}};
  }
  std::optional<ProgramType> operator()(const model::UprobeTarget& /*target*/) const {
    return ProgramType{BPF_PROG_TYPE_KPROBE, {}};
  }
  std::optional<ProgramType> operator()(const model::UsdtTarget& /*target*/) const {
    return ProgramType{BPF_PROG_TYPE_KPROBE, {}};
  }
  std::optional<ProgramType> operator()(const model::NetnsTarget& /*target*/) const {
    return std::nullopt;  // sk_lookup or flow_dissector
  }
};

}  // namespace

std::optional<ProgramType> type_of_section(std::string_view section) {
  for (;;) {
    if (auto type = known_section(section)) return type;
    const std::size_t slash = section.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    section = section.substr(0, slash);
  }
}

std::optional<ProgramType> type_of_target(const model::AttachTarget& target) {
  return std::visit(TypeVisitor{}, target);
}

std::string name_of_type(bpf_prog_type type) {
  const char* name = libbpf_bpf_prog_type_str(type);
  return name == nullptr ? "unknown" : name;
}

std::string why_not_cgroup_type(const std::string& type) {
  if (type.empty() || is_cgroup_section(type)) return {};
  const std::vector<std::string> known(kCgroupSections.begin(), kCgroupSections.end());
  return "'" + type + "' is no type of a program of cgroups" + suggestion(type, known);
}

}  // namespace bpfmap::kernel
