// SPDX-License-Identifier: Apache-2.0
#include "kernel/map_types.h"

#include <bpf/libbpf.h>
#include <linux/bpf.h>

namespace bpfmap::kernel {
namespace {

// BPF_MAP_TYPE_CGRP_STORAGE of Linux 6.2, newer than the headers of Debian 12.
constexpr std::uint32_t kCgrpStorage = 32;

}  // namespace

std::string map_type_name(std::uint32_t map_type) {
  const char* name = libbpf_bpf_map_type_str(static_cast<bpf_map_type>(map_type));
  return name != nullptr ? name : "type " + std::to_string(map_type);
}

bool is_per_cpu(std::uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_PERCPU_HASH || map_type == BPF_MAP_TYPE_PERCPU_ARRAY ||
         map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

bool is_array(std::uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_ARRAY || map_type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

bool is_lru(std::uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_LRU_HASH || map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

bool is_event_stream(std::uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_RINGBUF || is_perf_event_array(map_type);
}

bool is_perf_event_array(std::uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

bool is_mmapable(const MapShape& shape) {
  return shape.type == BPF_MAP_TYPE_ARRAY && (shape.flags & BPF_F_MMAPABLE) != 0;
}

std::string why_not_walkable(std::uint32_t map_type) {
  switch (map_type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_ARRAY:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_LPM_TRIE: return {};
    case BPF_MAP_TYPE_RINGBUF:
    case BPF_MAP_TYPE_USER_RINGBUF:
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY: return "it carries events, not counts";
    case BPF_MAP_TYPE_QUEUE:
    case BPF_MAP_TYPE_STACK: return "reading an entry would take it away from its consumer";
    case BPF_MAP_TYPE_BLOOM_FILTER: return "a bloom filter cannot list what is in it";
    case BPF_MAP_TYPE_PROG_ARRAY: return "it holds programs for tail calls, not counts";
    case BPF_MAP_TYPE_CGROUP_ARRAY: return "it holds cgroups, not counts";
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS: return "it holds other maps, not counts";
    case BPF_MAP_TYPE_STACK_TRACE: return "it holds stack traces, not counts";
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_DEVMAP_HASH:
    case BPF_MAP_TYPE_CPUMAP:
    case BPF_MAP_TYPE_XSKMAP:
    case BPF_MAP_TYPE_SOCKMAP:
    case BPF_MAP_TYPE_SOCKHASH:
    case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY: return "it holds targets for redirection, not counts";
    case BPF_MAP_TYPE_SK_STORAGE:
    case BPF_MAP_TYPE_INODE_STORAGE:
    case BPF_MAP_TYPE_TASK_STORAGE:
    case kCgrpStorage:
      return "its keys live in kernel objects and cannot be listed from user space";
    default: return "maps of this type cannot be listed from user space";
  }
}

}  // namespace bpfmap::kernel
