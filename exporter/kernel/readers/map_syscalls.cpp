// SPDX-License-Identifier: Apache-2.0
#include "kernel/map_syscalls.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

namespace bpfmap::kernel {
namespace {

class KernelMapSyscalls : public MapSyscalls {
 public:
  int next_key(int fd, const void* key, void* next) override {
    return bpf_map_get_next_key(fd, key, next);
  }

  int lookup(int fd, const void* key, void* value, std::uint64_t flags) override {
    return bpf_map_lookup_elem_flags(fd, key, value, flags);
  }

  int lookup_batch(int fd, const void* in, void* out, void* keys, void* values,
                   std::uint32_t* count, std::uint64_t flags) override {
    bpf_map_batch_opts options{};
    options.sz = sizeof(options);
    options.elem_flags = flags;
    // libbpf's signature lacks the const; the kernel only reads the cursor that goes in.
    return bpf_map_lookup_batch(fd, const_cast<void*>(in), out, keys, values, count, &options);
  }
};

class DrainingMapSyscalls final : public KernelMapSyscalls {
 public:
  int lookup_batch(int fd, const void* in, void* out, void* keys, void* values,
                   std::uint32_t* count, std::uint64_t flags) override {
    bpf_map_batch_opts options{};
    options.sz = sizeof(options);
    options.elem_flags = flags;
    return bpf_map_lookup_and_delete_batch(fd, const_cast<void*>(in), out, keys, values, count,
                                           &options);
  }
};

}  // namespace

MapSyscalls& draining_map_syscalls() {
  static DrainingMapSyscalls instance;
  return instance;
}

MapSyscalls& kernel_map_syscalls() {
  static KernelMapSyscalls instance;
  return instance;
}

}  // namespace bpfmap::kernel
