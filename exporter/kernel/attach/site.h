// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "kernel/attach/attachment.h"
#include "kernel/attach/function_finder.h"

namespace bpfmap::kernel {

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

// Of a program whose section alone says where it goes, which libbpf does.
Sites section_site(const LoadedProgram& program);

// The error of an attachment that the system refused: `where` follows the program's name
// ("to eth0"), `detail` says more than the errno does, `kind` is what the hint is looked
// up by ("uprobe").
Error attach_error(const LoadedProgram& program, const std::string& where, int code,
                   std::string detail, const std::string& kind);

// The error of a target that is wrong whatever the system says.
Error bad_target(const LoadedProgram& program, std::string detail);

// An error about a part of a target, with the program that wants it as its subject.
Error for_program(const Error& part, const LoadedProgram& program);

}  // namespace bpfmap::kernel
