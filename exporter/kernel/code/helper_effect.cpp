// SPDX-License-Identifier: Apache-2.0
#include "kernel/code/helper_effect.h"

#include <linux/bpf.h>

namespace bpfmap::kernel {
namespace {

// Linux 6.2; the headers of Debian 12 are older.
constexpr std::int32_t kCgroupStorageGet = 210;
constexpr std::int32_t kCgroupStorageDelete = 211;

HelperEffect returns(Meaning meaning) { return {HelperEffect::Does::kReturn, 0, 0, meaning}; }

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
    case BPF_FUNC_probe_read_user:
    case BPF_FUNC_probe_read_kernel:
    case BPF_FUNC_copy_from_user: return HelperEffect{kFill, 1};
    case BPF_FUNC_probe_read_str:
    case BPF_FUNC_probe_read_user_str:
    case BPF_FUNC_probe_read_kernel_str: return HelperEffect{kFill, 1, 0, Meaning::kText};
    case BPF_FUNC_get_current_comm: return HelperEffect{kFill, 1, 0, Meaning::kCommand};
    case BPF_FUNC_d_path: return HelperEffect{kFill, 2, 0, Meaning::kText};
    case BPF_FUNC_get_stack: return HelperEffect{kFill, 2};
    case BPF_FUNC_skb_load_bytes: return HelperEffect{kFill, 3};
    case BPF_FUNC_perf_event_output:
    case BPF_FUNC_skb_output:
    case BPF_FUNC_xdp_output: return HelperEffect{kSend, 4, 2};
    case BPF_FUNC_ringbuf_output: return HelperEffect{kSend, 2, 1};
    case BPF_FUNC_ringbuf_reserve: return HelperEffect{kReserve, 2, 1};
    case BPF_FUNC_ktime_get_ns:
    case BPF_FUNC_ktime_get_boot_ns:
    case BPF_FUNC_ktime_get_coarse_ns: return returns(Meaning::kTime);
    case BPF_FUNC_get_current_pid_tgid: return returns(Meaning::kProcessAndThread);
    case BPF_FUNC_get_current_uid_gid: return returns(Meaning::kUserAndGroup);
    case BPF_FUNC_get_smp_processor_id: return returns(Meaning::kCpu);
    case BPF_FUNC_get_current_cgroup_id:
    case BPF_FUNC_skb_cgroup_id: return returns(Meaning::kCgroup);
    case BPF_FUNC_get_stackid: return returns(Meaning::kKernelStack);
    case BPF_FUNC_get_current_task:
    case BPF_FUNC_get_current_task_btf:
    case BPF_FUNC_get_prandom_u32:
    case BPF_FUNC_tail_call:
    case BPF_FUNC_current_task_under_cgroup:
    case BPF_FUNC_redirect_map:
    case BPF_FUNC_perf_event_read:
    case BPF_FUNC_perf_event_read_value:
    case BPF_FUNC_ringbuf_submit:
    case BPF_FUNC_ringbuf_discard:
    case BPF_FUNC_ringbuf_query:
    case BPF_FUNC_trace_printk:
    case BPF_FUNC_probe_write_user: return HelperEffect{kNothing};
    default: return std::nullopt;
  }
}

}  // namespace bpfmap::kernel
