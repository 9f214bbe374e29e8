// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <memory>

// Owners of libbpf's C handles: nothing else in this module calls the functions that release them.
namespace bpfmap::kernel {

struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using ObjectPtr = std::unique_ptr<bpf_object, CloseObject>;

// Destroying a link detaches its program.
struct DestroyLink {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using LinkPtr = std::unique_ptr<bpf_link, DestroyLink>;

struct FreeBtf {
  void operator()(btf* types) const { btf__free(types); }
};
using BtfPtr = std::unique_ptr<btf, FreeBtf>;

struct FreeRingBuffer {
  void operator()(ring_buffer* buffer) const { ring_buffer__free(buffer); }
};
using RingBufferPtr = std::unique_ptr<ring_buffer, FreeRingBuffer>;

struct FreePerfBuffer {
  void operator()(perf_buffer* buffer) const { perf_buffer__free(buffer); }
};
using PerfBufferPtr = std::unique_ptr<perf_buffer, FreePerfBuffer>;

}  // namespace bpfmap::kernel
