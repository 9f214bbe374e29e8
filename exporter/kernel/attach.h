// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "kernel/libbpf_handles.h"
#include "kernel/object.h"
#include "kernel/tc_filter.h"

namespace bpfmap::kernel {

// Whatever keeps a program attached; its destruction detaches. Links (of libbpf, or as a bare
// descriptor) end with the process, however it dies; a tc filter ends only with its destructor.
using Attachment = std::variant<LinkPtr, UniqueFd, TcFilter>;

// Attachments are undone in the opposite order, which a vector's own destructor does not promise.
class Attachments {
 public:
  Attachments() = default;
  Attachments(Attachments&&) noexcept = default;
  Attachments& operator=(Attachments&& other) noexcept;
  ~Attachments() { clear(); }

  void add(Attachment attachment) { stack_.push_back(std::move(attachment)); }
  void append(Attachments&& others);
  bool empty() const { return stack_.empty(); }
  void clear();

 private:
  std::vector<Attachment> stack_;
};

// A loaded program and how to speak of it.
struct LoadedProgram {
  bpf_program* handle = nullptr;
  std::string subject;  // "count (SEC(\"xdp\")) of packets.bpf.o"
  std::string section;
  std::string type;
};

// By its section alone, through libbpf.
Result<Attachments> attach_by_section(const LoadedProgram& program);

// To one target: all of it or, with an error, none of it. The target fits the program's type.
Result<Attachments> attach_to(const LoadedProgram& program, const AttachTarget& target);

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
