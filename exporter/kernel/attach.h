// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "kernel/entry_program.h"
#include "kernel/function_finder.h"
#include "kernel/libbpf_handles.h"
#include "kernel/object.h"
#include "kernel/tc_filter.h"

namespace bpfmap::kernel {

// A perf event on one CPU and the program on it. The event is asked whether it still counts.
struct PerfEventLink {
  LinkPtr link;
  UniqueFd event;
};

// Whatever keeps a program attached at one place; its destruction detaches, unless it is kept.
// Links (of libbpf, or as a bare descriptor) end with the process, however it dies, unless a pin
// holds them; a tc filter ends only with its destructor. An object and the one that takes its place
// share the attachments that both have: what the older one leaves behind stays attached.
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

  // Whether what it is attached to is gone, as far as a link can tell, or look() has found out.
  // Thread-safe.
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
  bool is_kept() const { return kept_; }

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

// A program that was attached before, by an object whose place another one takes.
struct ProgramBefore {
  std::string name;
  EntryPtr entry;    // null where it has none
  UniqueFd program;  // what runs there; none where that is not known
  std::vector<AttachmentPtr> attachments;
};

// A loaded program and how to speak of it.
struct LoadedProgram {
  bpf_program* handle = nullptr;
  std::string subject;  // "count (SEC(\"xdp\")) of packets.bpf.o"
  std::string section;
  std::string type;
  std::string name{};
  EntryPtr entry{};  // what is attached in its stead
  const std::vector<ProgramBefore>* before = nullptr;
  FunctionFinder* functions = nullptr;

  // What is attached at a place already and can be led to this program; null where nothing is.
  AttachmentPtr existing(const std::string& place) const;
};

// A place where a program is to be, and how it gets there.
struct Site {
  std::string place;  // see Attachment
  std::string where;
  std::function<Result<Attachment::Handle>()> attach;
};

// A program has at most so many places: more of them are an error.
inline constexpr std::size_t kMostSites = 4096;

// Where a target is at this moment.
struct Sites {
  std::vector<Site> found;
  std::vector<Error> missing;          // what is named and is not there, or cannot be
  std::vector<std::string> unmatched;  // patterns that nothing matches now: "interface 'veth*'"
};

// The target fits the program's type. What is returned uses both arguments.
Sites find_sites(const LoadedProgram& program, const AttachTarget& target);

// Of a program whose section alone says where it goes, which libbpf does.
Sites section_site(const LoadedProgram& program);

// The error of an attachment that the system refused: `where` follows the program's name ("to
// eth0"), `detail` says more than the errno does, `kind` is what the hint is looked up by
// ("uprobe").
Error attach_error(const LoadedProgram& program, const std::string& where, int code,
                   std::string detail, const std::string& kind);

// The error of a target that is wrong whatever the system says.
Error bad_target(const LoadedProgram& program, std::string detail);

// An error about a part of a target, with the program that wants it as its subject.
Error for_program(const Error& part, const LoadedProgram& program);

}  // namespace bpfmap::kernel
