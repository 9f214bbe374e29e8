// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "base/error.h"
#include "kernel/inventory.h"

// Going through the ids of one kind of BPF objects.
namespace bpfmap::kernel {

// The system calls for one kind, as libbpf has them: 0 or a descriptor on success, a negative errno
// otherwise. Replaceable, so that tests can let objects come and go.
struct ObjectCalls {
  const char* subject;                                                   // "BPF programs"
  std::function<int(std::uint32_t start, std::uint32_t* next)> next_id;  // the next above start
  std::function<int(std::uint32_t id)> open;                             // the caller closes it
};
const ObjectCalls& program_calls();
const ObjectCalls& map_calls();
const ObjectCalls& link_calls();

// Visits an object by its id and a descriptor that is closed afterwards: 0, or a negative errno,
// which ends the walk unless it says that the object is going away (ENOENT, ENODEV).
using VisitObject = std::function<int(std::uint32_t id, int fd)>;

// Visits every object in the order of ids, with one descriptor open at a time. Those that vanish
// between two calls are passed over. Needs CAP_SYS_ADMIN, otherwise the error is EPERM with a hint.
Result<void> walk_objects(const ObjectCalls& calls, const VisitObject& visit,
                          std::size_t most = kMostObjectsOfAKind);

}  // namespace bpfmap::kernel
