// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/usdt.h"

#include <cerrno>
#include <string>
#include <utility>

#include "kernel/attach/binary_file.h"
#include "kernel/libbpf/load_failure.h"
#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {

namespace {

std::string where(const model::UsdtTarget& target) {
  std::string text = "to " + target.binary + ":" + target.provider + ":" + target.name;
  if (target.pid >= 0) text += " of process " + std::to_string(target.pid);
  return text;
}

Result<Attachment::Handle> attach(const LoadedProgram& program, const model::UsdtTarget& target,
                                  const std::string& path) {
  LibbpfLog log;
  LinkPtr link(bpf_program__attach_usdt(program.handle, target.pid, path.c_str(),
                                        target.provider.c_str(), target.name.c_str(), nullptr));
  if (link) return Attachment::Handle(std::move(link));
  const int code = errno;
  return unexpected(
      attach_error(program, where(target), code, join_warnings(log.warnings()), "usdt"));
}

}  // namespace

// Several probes of the kernel are behind one of libbpf's.
Sites usdt_sites(const LoadedProgram& program, const model::UsdtTarget& target) {
  const std::string path = path_of_binary(target.binary);
  const std::string file = file_identity(path);
  if (file.empty()) return {{}, {attach_error(program, where(target), ENOENT, {}, "usdt")}, {}};
  return {{{"usdt " + where(target) + " " + file, where(target),
            [&program, &target, path] { return attach(program, target, path); }}},
          {},
          {}};
}

}  // namespace bpfmap::kernel
