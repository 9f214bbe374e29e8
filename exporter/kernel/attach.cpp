// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach.h"

#include <cerrno>
#include <iterator>
#include <utility>

#include "kernel/attach_cgroup.h"
#include "kernel/attach_perf_event.h"
#include "kernel/attach_tc.h"
#include "kernel/attach_uprobe.h"
#include "kernel/attach_usdt.h"
#include "kernel/attach_xdp.h"
#include "kernel/hints.h"
#include "kernel/libbpf_log.h"
#include "kernel/load_failure.h"

namespace bpfmap::kernel {
namespace {

struct AttachVisitor {
  const LoadedProgram& program;

  Result<Attachments> operator()(const XdpTarget& target) { return attach_xdp(program, target); }
  Result<Attachments> operator()(const TcTarget& target) { return attach_tc(program, target); }
  Result<Attachments> operator()(const CgroupTarget& target) {
    return attach_cgroup(program, target);
  }
  Result<Attachments> operator()(const PerfEventTarget& target) {
    return attach_perf_event(program, target);
  }
  Result<Attachments> operator()(const UprobeTarget& target) {
    return attach_uprobe(program, target);
  }
  Result<Attachments> operator()(const UsdtTarget& target) { return attach_usdt(program, target); }
};

}  // namespace

Attachments& Attachments::operator=(Attachments&& other) noexcept {
  if (this == &other) return *this;
  clear();
  stack_ = std::exchange(other.stack_, {});
  return *this;
}

void Attachments::append(Attachments&& others) {
  stack_.insert(stack_.end(), std::make_move_iterator(others.stack_.begin()),
                std::make_move_iterator(others.stack_.end()));
  others.stack_.clear();
}

void Attachments::clear() {
  const LibbpfLog log;  // failures to detach are of no use to anybody, but must not reach stderr
  while (!stack_.empty()) stack_.pop_back();
}

Error attach_error(const LoadedProgram& program, const std::string& where, int code,
                   std::string detail, const std::string& kind) {
  Error error{ErrorKind::kSystem, "attach program", program.subject, code, std::move(detail), {}};
  if (!where.empty()) error.subject += " " + where;
  const Refusal refusal{RefusedOperation::kAttach, code, program.type, kind, false};
  error.hint = hint_for(refusal, read_system_state());
  return error;
}

Error bad_target(const LoadedProgram& program, std::string detail) {
  return Error{
      ErrorKind::kConfiguration, "attach program", program.subject, 0, std::move(detail), {}};
}

Error for_program(const Error& part, const LoadedProgram& program) {
  Error error = bad_target(program, part.operation + " " + part.subject + ": " + part.detail);
  error.kind = part.kind;
  error.code = part.code;
  error.hint = part.hint;
  return error;
}

Result<Attachments> attach_by_section(const LoadedProgram& program) {
  LibbpfLog log;
  LinkPtr link(bpf_program__attach(program.handle));
  if (!link) {
    const int code = errno;
    return unexpected(
        attach_error(program, {}, code, join_warnings(log.warnings()), program.section));
  }
  Attachments attachments;
  attachments.add(std::move(link));
  return attachments;
}

Result<Attachments> attach_to(const LoadedProgram& program, const AttachTarget& target) {
  return std::visit(AttachVisitor{program}, target);
}

}  // namespace bpfmap::kernel
