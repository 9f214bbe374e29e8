// SPDX-License-Identifier: Apache-2.0
#include "kernel/types/bpf_type_names.h"

#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <span>

namespace bpfmap::kernel {
namespace {

struct NewerName {
  std::uint32_t number;
  const char* name;
};

// What libbpf 1.1 of Debian 12 does not know yet; as of Linux 6.18.
constexpr NewerName kProgramTypes[] = {{32, "netfilter"}};
constexpr NewerName kLinkTypes[] = {
    {10, "netfilter"}, {11, "tcx"}, {12, "uprobe_multi"}, {13, "netkit"}, {14, "sockmap"}};
constexpr NewerName kAttachTypes[] = {{44, "struct_ops"},
                                      {45, "netfilter"},
                                      {46, "tcx_ingress"},
                                      {47, "tcx_egress"},
                                      {48, "trace_uprobe_multi"},
                                      {49, "cgroup_unix_connect"},
                                      {50, "cgroup_unix_sendmsg"},
                                      {51, "cgroup_unix_recvmsg"},
                                      {52, "cgroup_unix_getpeername"},
                                      {53, "cgroup_unix_getsockname"},
                                      {54, "netkit_primary"},
                                      {55, "netkit_peer"},
                                      {56, "trace_kprobe_session"},
                                      {57, "trace_uprobe_session"}};

std::string name_or_number(const char* known, std::uint32_t number,
                           std::span<const NewerName> newer) {
  if (known != nullptr) return known;
  for (const NewerName& candidate : newer) {
    if (candidate.number == number) return candidate.name;
  }
  return "type " + std::to_string(number);
}

}  // namespace

std::string program_type_name(std::uint32_t type) {
  return name_or_number(libbpf_bpf_prog_type_str(static_cast<bpf_prog_type>(type)), type,
                        kProgramTypes);
}

std::string link_type_name(std::uint32_t type) {
  return name_or_number(libbpf_bpf_link_type_str(static_cast<bpf_link_type>(type)), type,
                        kLinkTypes);
}

std::string attach_type_name(std::uint32_t type) {
  return name_or_number(libbpf_bpf_attach_type_str(static_cast<bpf_attach_type>(type)), type,
                        kAttachTypes);
}

}  // namespace bpfmap::kernel
