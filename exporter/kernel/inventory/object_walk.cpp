// SPDX-License-Identifier: Apache-2.0
#include "kernel/inventory/object_walk.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "base/unique_fd.h"

namespace bpfmap::kernel {
namespace {

unexpected<Error> list_error(const ObjectCalls& calls, int code, std::string detail = {}) {
  Error error{.kind = ErrorKind::kSystem,
              .operation = "list",
              .subject = calls.subject,
              .code = code,
              .detail = std::move(detail)};
  if (code == EPERM) {
    error.hint =
        "listing the BPF objects of the system needs CAP_SYS_ADMIN, whatever else the process may: "
        "run as root, or grant it (AmbientCapabilities= in a systemd unit, "
        "securityContext.capabilities.add in a pod)";
  }
  if (code == EINVAL) error.hint = "this kernel cannot list them; links need Linux 5.8";
  return unexpected(std::move(error));
}

// A link that is not attached yet has an id already, and answers EAGAIN.
bool is_gone(int code) { return code == -ENOENT || code == -ENODEV || code == -EAGAIN; }

}  // namespace

const ObjectCalls& program_calls() {
  static const ObjectCalls calls{"BPF programs", bpf_prog_get_next_id, bpf_prog_get_fd_by_id};
  return calls;
}

const ObjectCalls& map_calls() {
  static const ObjectCalls calls{"BPF maps", bpf_map_get_next_id, bpf_map_get_fd_by_id};
  return calls;
}

const ObjectCalls& link_calls() {
  static const ObjectCalls calls{"BPF links", bpf_link_get_next_id, bpf_link_get_fd_by_id};
  return calls;
}

Result<void> walk_objects(const ObjectCalls& calls, const VisitObject& visit, std::size_t most) {
  std::uint32_t id = 0;
  for (std::size_t seen = 0;; ++seen) {
    const int failed = calls.next_id(id, &id);
    if (failed == -ENOENT) return {};
    if (failed < 0) return list_error(calls, -failed);
    if (seen == most) return list_error(calls, 0, "there are more than " + std::to_string(most));
    const int opened = calls.open(id);
    const UniqueFd fd(opened);
    const int code = opened < 0 ? opened : visit(id, opened);
    if (code < 0 && !is_gone(code)) return list_error(calls, -code);
  }
}

}  // namespace bpfmap::kernel
