// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "kernel/code/code_content.h"
#include "kernel/code/helper_effect.h"
#include "kernel/code/program_code.h"
#include "kernel/memory_use.h"

namespace bpfmap::kernel {

// Writes down what programs do with maps and variables while their code is followed.
class MemoryNotes {
 public:
  explicit MemoryNotes(const ProgramCode& code) : code_(code), uses_(code.regions.size()) {}

  // An instruction that reads from such an address, or writes so many bytes there.
  void load(const Content& address) { uses_[address.region].read = true; }
  void store(const Content& address, std::uint32_t size, const Content& source);
  // What an atomic instruction does: `operation` is its immediate.
  void store_atomically(const Content& address, std::int32_t operation, const Content& source);

  // An address of a map or its values goes to where it is not followed; and with an address on the
  // stack what lies there.
  void let_escape(const Content& content, const CodeState& state);
  void let_all_escape();

  // The effect of a helper, and what it returns.
  Content call(const HelperEffect& helper, CodeState& state);

  MemoryUses take();

 private:
  std::optional<Content> use_map(const HelperEffect& helper, const CodeState& state);
  void update(MemoryUse& use, const CodeState& state);
  void look_up(MemoryUse& use, const CodeState& state);
  void fill(const HelperEffect& helper, CodeState& state);
  void send(const HelperEffect& helper, const CodeState& state);
  Content reserve(std::size_t region, const Content& size);

  const ProgramCode& code_;
  std::vector<MemoryUse> uses_;  // of the regions
};

}  // namespace bpfmap::kernel
