// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach_uprobe.h"

#include <cerrno>
#include <string>
#include <utility>

#include "kernel/binary_file.h"
#include "kernel/libbpf_log.h"
#include "kernel/load_failure.h"

namespace bpfmap::kernel {
namespace {

std::string where(const UprobeTarget& target) {
  std::string text = "to " + target.binary + ":" + target.symbol;
  if (target.symbol.empty() || target.offset != 0) {
    text += (target.symbol.empty() ? "" : "+") + std::to_string(target.offset);
  }
  if (target.pid >= 0) text += " of process " + std::to_string(target.pid);
  return text;
}

std::string place_of(const UprobeTarget& target) {
  return std::string(target.return_probe ? "uretprobe " : "uprobe ") + where(target) +
         file_of_binary(target.binary);
}

}  // namespace

Result<Attachments> attach_uprobe(const LoadedProgram& program, const UprobeTarget& target) {
  if (target.symbol.empty() && target.offset == 0) {
    return unexpected(bad_target(program, "a uprobe needs a symbol or an offset"));
  }
  Attachments attachments;
  const std::string place = place_of(target);
  if (AttachmentPtr there = program.existing(place)) {
    attachments.add(std::move(there));
    return attachments;
  }
  LibbpfLog log;
  bpf_uprobe_opts options{};
  options.sz = sizeof(options);
  options.retprobe = target.return_probe;
  options.func_name = target.symbol.empty() ? nullptr : target.symbol.c_str();
  // libbpf looks for a name without a slash where the loader and the shell would.
  LinkPtr link(bpf_program__attach_uprobe_opts(program.handle, target.pid, target.binary.c_str(),
                                               target.offset, &options));
  if (!link) {
    const int code = errno;
    return unexpected(
        attach_error(program, where(target), code, join_warnings(log.warnings()), "uprobe"));
  }
  attachments.add(place, std::move(link));
  return attachments;
}

}  // namespace bpfmap::kernel
