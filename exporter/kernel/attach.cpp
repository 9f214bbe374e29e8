// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "kernel/attach_cgroup.h"
#include "kernel/attach_perf_event.h"
#include "kernel/attach_tc.h"
#include "kernel/attach_uprobe.h"
#include "kernel/attach_usdt.h"
#include "kernel/attach_xdp.h"
#include "kernel/hints.h"
#include "kernel/libbpf_log.h"
#include "kernel/link_list.h"
#include "kernel/load_failure.h"

namespace bpfmap::kernel {
namespace {

struct FindSites {
  const LoadedProgram& program;

  Sites operator()(const XdpTarget& target) { return xdp_sites(program, target); }
  Sites operator()(const TcTarget& target) { return tc_sites(program, target); }
  Sites operator()(const CgroupTarget& target) { return cgroup_sites(program, target); }
  Sites operator()(const PerfEventTarget& target) { return perf_event_sites(program, target); }
  Sites operator()(const UprobeTarget& target) { return uprobe_sites(program, target); }
  Sites operator()(const UsdtTarget& target) { return usdt_sites(program, target); }
};

constexpr std::uint32_t kTcxLink = 11;  // BPF_LINK_TYPE_TCX, missing from older headers

}  // namespace

// A libbpf link that is destroyed switches its perf event off, which a pin does not survive.
// Disconnected, it leaves its descriptors to the end of the process.
Attachment::~Attachment() {
  if (!kept_) return;
  if (auto* one = std::get_if<LinkPtr>(&handle_); one != nullptr && *one) {
    bpf_link__disconnect(one->get());
  }
  if (auto* event = std::get_if<PerfEventLink>(&handle_)) bpf_link__disconnect(event->link.get());
}

const bpf_link* Attachment::link() const {
  if (const auto* one = std::get_if<LinkPtr>(&handle_)) return one->get();
  const auto* event = std::get_if<PerfEventLink>(&handle_);
  return event == nullptr ? nullptr : event->link.get();
}

int Attachment::link_fd() const {
  if (const bpf_link* one = link()) {
    const int fd = bpf_link__fd(one);
    return fd > STDERR_FILENO ? fd : -1;  // 0 is what a USDT link has, which stands for several
  }
  const auto* fd = std::get_if<UniqueFd>(&handle_);
  return fd == nullptr ? -1 : fd->get();
}

void Attachment::look() {
  if (const auto* event = std::get_if<PerfEventLink>(&handle_)) {
    if (!is_counting(event->event.get())) has_ended_ = true;
  }
  if (const auto* filter = std::get_if<TcFilter>(&handle_)) {
    if (!filter->is_there()) has_ended_ = true;
  }
}

bool Attachment::is_lost() const {
  if (has_ended_) return true;
  const int fd = link_fd();
  return fd >= 0 && is_attached_to_nothing(fd);
}

bool Attachment::takes_programs() const {
  bpf_link_info info{};
  std::uint32_t size = sizeof(info);
  const int fd = link_fd();
  if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) != 0) return false;
  return info.type == BPF_LINK_TYPE_XDP || info.type == BPF_LINK_TYPE_CGROUP ||
         info.type == kTcxLink;
}

// An interface takes one XDP program, whatever its name; elsewhere several of one object may be at
// one place, and the name tells them apart.
AttachmentPtr LoadedProgram::existing(const std::string& place) const {
  if (before == nullptr) return nullptr;
  const auto can_lead_here = [&](const AttachmentPtr& one) {
    if (one->place() != place) return false;
    return one->entry() != nullptr ? one->entry() == entry : one->takes_programs();
  };
  for (const ProgramBefore& other : *before) {
    if (other.name != name && type != "xdp") continue;
    const auto found =
        std::find_if(other.attachments.begin(), other.attachments.end(), can_lead_here);
    if (found != other.attachments.end()) return *found;
  }
  return nullptr;
}

Attachments& Attachments::operator=(Attachments&& other) noexcept {
  if (this == &other) return *this;
  clear();
  stack_ = std::exchange(other.stack_, {});
  return *this;
}

void Attachments::clear() {
  const LibbpfLog log;  // failures to detach are of no use to the user, but must not reach stderr
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

Sites find_sites(const LoadedProgram& program, const AttachTarget& target) {
  return std::visit(FindSites{program}, target);
}

}  // namespace bpfmap::kernel
