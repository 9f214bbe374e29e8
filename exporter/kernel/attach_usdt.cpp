// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach_usdt.h"

#include <cerrno>
#include <string>
#include <utility>

#include "kernel/libbpf_log.h"
#include "kernel/load_failure.h"

namespace bpfmap::kernel {

Result<Attachments> attach_usdt(const LoadedProgram& program, const UsdtTarget& target) {
  LibbpfLog log;
  LinkPtr link(bpf_program__attach_usdt(program.handle, target.pid, target.binary.c_str(),
                                        target.provider.c_str(), target.name.c_str(), nullptr));
  if (!link) {
    const int code = errno;
    std::string where = "to " + target.binary + ":" + target.provider + ":" + target.name;
    if (target.pid >= 0) where += " of process " + std::to_string(target.pid);
    return unexpected(attach_error(program, where, code, join_warnings(log.warnings()), "usdt"));
  }
  Attachments attachments;
  // Several probes of the kernel behind one of libbpf's: nothing to find again, hence no place.
  attachments.add(std::string(), std::move(link));
  return attachments;
}

}  // namespace bpfmap::kernel
