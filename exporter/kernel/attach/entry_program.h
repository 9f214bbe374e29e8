// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bpfmap::kernel {

// A program that does nothing but jump to another one, through the only slot of a map. Most links
// of tracing cannot be led to another program; where the entry is attached in the program's stead,
// they need not be: the slot is changed, which the kernel does at one instant for all CPUs, so that
// each event runs the old program or the new one, and never both or none. Costs one tail call.
class EntryProgram {
 public:
  // An entry for a loaded program, which it leads to. The error says why there can be none: mostly
  // that programs of its type take BPF_LINK_UPDATE, need no entry, or may not jump.
  static Result<std::shared_ptr<EntryProgram>> create(const bpf_program* program);

  // One that exists.
  EntryProgram(UniqueFd program, UniqueFd slot, std::string signature)
      : program_(std::move(program)), slot_(std::move(slot)), signature_(std::move(signature)) {}

  int program_fd() const { return program_.get(); }
  int slot_fd() const { return slot_.get(); }
  // What it has in common with the programs that it can lead to; see entry_signature().
  const std::string& signature() const { return signature_; }

  // Leads it to another program: 0 or a negative errno. The programs need to have
  // the same signature.
  int lead_to(int program_fd) const;

  // What it leads to; none where the kernel does not tell (it needs CAP_SYS_ADMIN).
  UniqueFd target() const;

 private:
  UniqueFd program_;
  UniqueFd slot_;
  std::string signature_;
};
using EntryPtr = std::shared_ptr<EntryProgram>;

// What two programs need to have in common to have one entry.
std::string entry_signature(const bpf_program* program);

}  // namespace bpfmap::kernel
