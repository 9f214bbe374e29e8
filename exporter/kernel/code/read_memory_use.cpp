// SPDX-License-Identifier: Apache-2.0
#include "kernel/code/read_memory_use.h"

#include "kernel/code/code_follower.h"

namespace bpfmap::kernel {
namespace {

// What is written there along other ways only.
std::set<std::uint32_t> written_otherwise(const MemoryUse& use, const MemoryUse& any) {
  std::set<std::uint32_t> written;
  for (const auto member : {&MemoryUse::grows, &MemoryUse::falls, &MemoryUse::assigned}) {
    written.insert((any.*member).begin(), (any.*member).end());
  }
  for (const auto& [offset, number] : any.counted_by) written.insert(offset);
  for (const auto member : {&MemoryUse::grows, &MemoryUse::falls, &MemoryUse::assigned}) {
    for (const std::uint32_t offset : use.*member) written.erase(offset);
  }
  for (const auto& [offset, number] : use.counted_by) written.erase(offset);
  return written;
}

}  // namespace

MemoryUses memory_uses(const ProgramCode& code) {
  MemoryUses uses = follow_code(code, /*with_settings=*/true);
  const MemoryUses any = follow_code(code, /*with_settings=*/false);
  for (auto& [name, use] : uses) {
    const MemoryUse& other = any.at(name);
    use.used_otherwise = !use.is_used() && other.is_used();
    use.escapes = use.escapes || (other.escapes && use.is_used());
    use.written_otherwise = written_otherwise(use, other);
  }
  return uses;
}

}  // namespace bpfmap::kernel
