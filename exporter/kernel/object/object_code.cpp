// SPDX-License-Identifier: Apache-2.0
#include "kernel/code/read_memory_use.h"
#include "kernel/memory_use.h"
#include "kernel/object.h"
#include "kernel/object/object_state.h"

// What the code of an object tells.
namespace bpfmap::kernel {

std::map<std::string, MemoryUse> Object::memory_uses() const {
  return state_->programs.empty() ? MemoryUses()
                                  : kernel::memory_uses(ProgramCode::of(state_->bytes));
}

}  // namespace bpfmap::kernel
