// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace bpfmap::kernel {

// The three system calls of a walk, as an interface so that tests can play a kernel that deletes,
// runs out of room or is interrupted at the worst moment. All return 0 or a negative errno.
class MapSyscalls {
 public:
  virtual ~MapSyscalls() = default;

  virtual int next_key(int fd, const void* key, void* next) = 0;
  virtual int lookup(int fd, const void* key, void* value, std::uint64_t flags) = 0;
  // See BPF_MAP_LOOKUP_BATCH in bpf(2): `in` is null for the first call, `out` receives the cursor
  // of the next, `count` is capacity on the way in and what came on the way out - also with
  // -ENOENT, the last batch, and where the lock of a bucket could not be had (-EBUSY, -EDEADLK,
  // -ETIMEDOUT): then `out` is the cursor of that bucket.
  virtual int lookup_batch(int fd, const void* in, void* out, void* keys, void* values,
                           std::uint32_t* count, std::uint64_t flags) = 0;
};

// The real ones. Stateless and thread-safe.
MapSyscalls& kernel_map_syscalls();

// The real ones, except that a batch lookup takes the entries out of the map
// (BPF_MAP_LOOKUP_AND_DELETE_BATCH, Linux 5.6).
MapSyscalls& draining_map_syscalls();

}  // namespace bpfmap::kernel
