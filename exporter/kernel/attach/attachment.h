// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/unique_fd.h"
#include "kernel/attach/entry_program.h"
#include "kernel/attach/perf_event_link.h"
#include "kernel/attach/tc_filter.h"
#include "kernel/libbpf/handles.h"

namespace bpfmap::kernel {

// Whatever keeps a program attached at one place; its destruction detaches, unless it is kept.
// Links (of libbpf, or as a bare descriptor) end with the process, however it dies, unless a pin
// holds them; a tc filter ends only with its destructor. An object and the one that takes its place
// share the attachments that both have: what the older one leaves behind stays attached. is_lost()
// and where() may be called by any thread while the object holds the attachment; the rest is for
// the thread that attaches, commits or follows.
class Attachment {
 public:
  using Handle = std::variant<LinkPtr, UniqueFd, TcFilter, PerfEventLink>;

  // `place` is the same for what would be attached to the same thing in the same way, and tells
  // apart what would not: "xdp 0 2 4026531840". `where` is for people: "to eth0".
  Attachment(std::string place, Handle handle, std::string where = {})
      : place_(std::move(place)), where_(std::move(where)), handle_(std::move(handle)) {}
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;
  ~Attachment();

  const std::string& place() const { return place_; }
  const std::string& where() const { return where_.empty() ? place_ : where_; }

  // The descriptor of the kernel's link; -1 where there is none that stands for all of it.
  int link_fd() const;

  // Whether what it is attached to is gone, as far as a link can tell, or look() has
  // found out. Thread-safe.
  bool is_lost() const;

  // Finds out what a link does not tell: whether the CPU of a perf event has been offline, which
  // ends the event, and whether a filter of tc was taken away. One thread at a time, in the
  // filter's network namespace.
  void look();

  // Whether it is a tc filter, which has no link.
  bool is_filter() const { return std::holds_alternative<TcFilter>(handle_); }

  // Whether the kernel puts another program into this link (BPF_LINK_UPDATE).
  bool takes_programs() const;

  // What is attached, where that is not the program itself.
  const EntryPtr& entry() const { return entry_; }
  void set_entry(EntryPtr entry) { entry_ = std::move(entry); }

  // A pin holds the link: destruction leaves it alone. And the opposite.
  void keep() { kept_ = true; }
  void let_go() { kept_ = false; }

 private:
  const bpf_link* link() const;

  std::string place_;
  std::string where_;
  Handle handle_;
  EntryPtr entry_;
  bool kept_ = false;
  std::atomic<bool> has_ended_ = false;
};
using AttachmentPtr = std::shared_ptr<Attachment>;

// Attachments are undone in the opposite order, which a vector's own destructor does not promise.
// One thread at a time.
class Attachments {
 public:
  Attachments() = default;
  Attachments(Attachments&&) noexcept = default;
  Attachments& operator=(Attachments&& other) noexcept;
  ~Attachments() { clear(); }

  void add(AttachmentPtr attachment) { stack_.push_back(std::move(attachment)); }
  bool empty() const { return stack_.empty(); }
  void clear();

  const std::vector<AttachmentPtr>& all() const { return stack_; }

 private:
  std::vector<AttachmentPtr> stack_;
};

}  // namespace bpfmap::kernel
