// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace bpfmap::kernel {

// What of this system decides whether BPF works; a plain value, so that tests of hints can
// play any system.
struct SystemState {
  enum class Lockdown { kUnknown, kNone, kSomeLevel, kIntegrity, kConfidentiality };
  enum class Tracefs { kNotMounted, kClosed, kOpen };  // closed: to the user of this process

  std::uint64_t capabilities = 0;    // effective ones; bit n is capability n
  bool user_namespace = false;       // capabilities hold in a user namespace only
  bool kernel_btf = true;            // /sys/kernel/btf/vmlinux
  Tracefs tracefs = Tracefs::kOpen;  // where libbpf looks for it
  bool kprobes = true;               // compiled in
  bool uprobes = true;
  Lockdown lockdown = Lockdown::kUnknown;
  std::optional<bool> bpf_lsm;  // whether "bpf" is among the active security modules
  std::optional<int> unprivileged_bpf_disabled;
  std::optional<int> perf_event_paranoid;
  std::optional<std::uint64_t> memlock_bytes;  // RLIMIT_MEMLOCK where it is limited
  int kernel_major = 0;                        // 0 where unknown
  int kernel_minor = 0;

  bool has(int capability) const { return (capabilities >> capability & 1) != 0; }
  bool older_than(int major, int minor) const {
    return kernel_major > 0 &&
           (kernel_major < major || (kernel_major == major && kernel_minor < minor));
  }
};

// The state of the running system. `root` is put before every path, for tests with a made-up tree;
// what is asked of the kernel without a path (limits, its log) is left at its default then.
SystemState read_system_state(const std::string& root = {});

}  // namespace bpfmap::kernel
