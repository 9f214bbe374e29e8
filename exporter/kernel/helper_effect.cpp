// SPDX-License-Identifier: Apache-2.0
#include "kernel/helper_effect.h"

#include <linux/bpf.h>

namespace bpfmap::kernel {
namespace {

// Linux 6.2; the headers of Debian 12 are older.
constexpr std::int32_t kCgroupStorageGet = 210;
constexpr std::int32_t kCgroupStorageDelete = 211;

}  // namespace

std::optional<HelperEffect> helper_effect(std::int32_t id) {
  using enum HelperEffect::Does;
  switch (id) {
    case BPF_FUNC_map_lookup_elem:
    case BPF_FUNC_map_lookup_percpu_elem: return HelperEffect{kLookup};
    case BPF_FUNC_map_update_elem: return HelperEffect{kUpdate};
    case BPF_FUNC_map_delete_elem: return HelperEffect{kDelete};
    case BPF_FUNC_task_storage_get:
    case BPF_FUNC_sk_storage_get:
    case BPF_FUNC_inode_storage_get:
    case kCgroupStorageGet:
    case BPF_FUNC_get_local_storage: return HelperEffect{kStorage};
    case BPF_FUNC_task_storage_delete:
    case BPF_FUNC_sk_storage_delete:
    case BPF_FUNC_inode_storage_delete:
    case kCgroupStorageDelete: return HelperEffect{kDelete};
    case BPF_FUNC_probe_read:
    case BPF_FUNC_probe_read_str:
    case BPF_FUNC_probe_read_user:
    case BPF_FUNC_probe_read_kernel:
    case BPF_FUNC_probe_read_user_str:
    case BPF_FUNC_probe_read_kernel_str:
    case BPF_FUNC_copy_from_user:
    case BPF_FUNC_get_current_comm: return HelperEffect{kFill, 1};
    case BPF_FUNC_d_path:
    case BPF_FUNC_get_stack:
    case BPF_FUNC_skb_load_bytes:
      return HelperEffect{kFill, id == BPF_FUNC_skb_load_bytes ? 3U : 2U};
    case BPF_FUNC_perf_event_output: return HelperEffect{kSend, 4};
    case BPF_FUNC_ringbuf_output: return HelperEffect{kSend, 2};
    case BPF_FUNC_tail_call:
    case BPF_FUNC_get_stackid:
    case BPF_FUNC_current_task_under_cgroup:
    case BPF_FUNC_redirect_map:
    case BPF_FUNC_perf_event_read:
    case BPF_FUNC_perf_event_read_value:
    case BPF_FUNC_ringbuf_reserve:
    case BPF_FUNC_ringbuf_query: return HelperEffect{kNothing};
    case BPF_FUNC_trace_printk:
    case BPF_FUNC_probe_write_user: return HelperEffect{kNothing};
    default: return std::nullopt;
  }
}

}  // namespace bpfmap::kernel
