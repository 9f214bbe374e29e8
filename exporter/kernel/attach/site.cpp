// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/site.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "kernel/libbpf/hints.h"
#include "kernel/libbpf/load_failure.h"
#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {

// An interface takes one XDP program and a network namespace one flow dissector, whatever its name;
// elsewhere several of one object may be at one place, and the name tells them apart.
AttachmentPtr LoadedProgram::existing(const std::string& place) const {
  if (before == nullptr) return nullptr;
  const auto can_lead_here = [&](const AttachmentPtr& one) {
    if (one->place() != place) return false;
    return one->entry() != nullptr ? one->entry() == entry : one->takes_programs();
  };
  const bool is_only_one = type == "xdp" || type == "flow_dissector";
  for (const ProgramBefore& other : *before) {
    if (other.name != name && !is_only_one) continue;
    const auto found =
        std::find_if(other.attachments.begin(), other.attachments.end(), can_lead_here);
    if (found != other.attachments.end()) return *found;
  }
  return nullptr;
}

Error attach_error(const LoadedProgram& program, const std::string& where, int code,
                   std::string detail, const std::string& kind) {
  Error error{.kind = ErrorKind::kSystem,
              .operation = "attach program",
              .subject = program.subject,
              .code = code,
              .detail = std::move(detail)};
  if (!where.empty()) error.subject += " " + where;
  const Refusal refusal{RefusedOperation::kAttach, code, program.type, kind, false};
  error.hint = hint_for(refusal, read_system_state());
  return error;
}

Error bad_target(const LoadedProgram& program, std::string detail) {
  return Error{.kind = ErrorKind::kConfiguration,
               .operation = "attach program",
               .subject = program.subject,
               .detail = std::move(detail)};
}

Error for_program(const Error& part, const LoadedProgram& program) {
  Error error = bad_target(program, part.operation + " " + part.subject + ": " + part.detail);
  error.kind = part.kind;
  error.code = part.code;
  error.hint = part.hint;
  return error;
}

Sites section_site(const LoadedProgram& program) {
  const auto attach = [&program]() -> Result<Attachment::Handle> {
    LibbpfLog log;
    LinkPtr link(bpf_program__attach(program.handle));
    if (link) return Attachment::Handle(std::move(link));
    const int code = errno;
    return unexpected(
        attach_error(program, {}, code, join_warnings(log.warnings()), program.section));
  };
  return {{{"section " + program.section, "by its section", attach}}, {}, {}};
}

}  // namespace bpfmap::kernel
