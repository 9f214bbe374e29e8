// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/attachment.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "kernel/inventory/link_list.h"
#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {
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
  const int fd = link_fd();
  return fd >= 0 && takes_other_programs(fd);
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

}  // namespace bpfmap::kernel
