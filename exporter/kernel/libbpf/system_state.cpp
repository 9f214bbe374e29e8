// SPDX-License-Identifier: Apache-2.0
#include "kernel/libbpf/system_state.h"

#include <sys/klog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <string_view>

#include "base/small_file.h"
#include "base/text.h"

namespace bpfmap::kernel {
namespace {

using Lockdown = SystemState::Lockdown;
using Tracefs = SystemState::Tracefs;

std::string read_text(const std::string& path) { return read_small_file(path).value_or(""); }

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

template <typename T>
std::optional<T> parse(std::string_view text, int base = 10) {
  T number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (failed != std::errc{}) return std::nullopt;
  return number;
}

std::uint64_t effective_capabilities(const std::string& root) {
  constexpr std::string_view kField = "CapEff:\t";
  const std::string status = read_text(root + "/proc/self/status");
  const std::size_t at = status.find(kField);
  if (at == std::string::npos) return 0;
  return parse<std::uint64_t>(std::string_view(status).substr(at + kField.size()), 16).value_or(0);
}

// The initial user namespace maps all ids to themselves.
bool in_user_namespace(const std::string& root) {
  const std::string map = read_text(root + "/proc/self/uid_map");
  std::string_view text = map;
  std::string_view line = next_line(text);
  const auto inside = parse_u64(next_word(line));
  const auto outside = parse_u64(next_word(line));
  const auto count = parse_u64(next_word(line));
  if (!inside || !outside || !count) return false;
  constexpr std::uint64_t kAllIds = 4294967295;
  return *inside != 0 || *outside != 0 || *count != kAllIds;
}

// tracefs is mounted with mode 0700 unless a mount option says otherwise; the empty folder that it
// is mounted on is open to all.
Tracefs tracefs(const std::string& root) {
  if (exists(root + "/sys/kernel/debug/tracing/events")) return Tracefs::kOpen;
  if (exists(root + "/sys/kernel/tracing/events")) return Tracefs::kOpen;
  return errno == EACCES ? Tracefs::kClosed : Tracefs::kNotMounted;
}

// Where securityfs is not mounted, the kernel's log may still tell that lockdown is on, but
// not the level.
Lockdown lockdown_in_kernel_log() {
  constexpr int kReadAll = 3;      // SYSLOG_ACTION_READ_ALL
  constexpr int kBufferSize = 10;  // SYSLOG_ACTION_SIZE_BUFFER
  const int size = klogctl(kBufferSize, nullptr, 0);
  if (size <= 0) return Lockdown::kUnknown;
  std::string log(static_cast<std::size_t>(size), '\0');
  const int length = klogctl(kReadAll, log.data(), size);
  if (length <= 0) return Lockdown::kUnknown;
  log.resize(static_cast<std::size_t>(length));
  const bool locked = log.find("Kernel is locked down from") != std::string::npos ||
                      log.find("is restricted; see man kernel_lockdown.7") != std::string::npos;
  return locked ? Lockdown::kSomeLevel : Lockdown::kUnknown;
}

// The file lists all levels, with the one in force in brackets: "none [integrity] confidentiality".
Lockdown lockdown(const std::string& root) {
  const std::string levels = read_text(root + "/sys/kernel/security/lockdown");
  if (levels.find("[none]") != std::string::npos) return Lockdown::kNone;
  if (levels.find("[integrity]") != std::string::npos) return Lockdown::kIntegrity;
  if (levels.find("[confidentiality]") != std::string::npos) return Lockdown::kConfidentiality;
  return root.empty() ? lockdown_in_kernel_log() : Lockdown::kUnknown;
}

std::optional<bool> bpf_lsm(const std::string& root) {
  const std::string modules = "," + read_text(root + "/sys/kernel/security/lsm") + ",";
  if (modules.size() == 2) return std::nullopt;
  const std::size_t at = modules.find(",bpf");
  return at != std::string::npos && (modules[at + 4] == ',' || modules[at + 4] == '\n');
}

std::optional<std::uint64_t> memlock_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return std::nullopt;
  return limit.rlim_cur;
}

void read_version(const std::string& root, SystemState& state) {
  const std::string release = read_text(root + "/proc/sys/kernel/osrelease");
  state.kernel_major = parse<int>(release).value_or(0);
  const std::size_t dot = std::min(release.find('.'), release.size());
  if (dot < release.size()) {
    state.kernel_minor = parse<int>(std::string_view(release).substr(dot + 1)).value_or(0);
  }
}

}  // namespace

SystemState read_system_state(const std::string& root) {
  SystemState state;
  state.capabilities = effective_capabilities(root);
  state.user_namespace = in_user_namespace(root);
  state.kernel_btf = exists(root + "/sys/kernel/btf/vmlinux");
  state.tracefs = tracefs(root);
  const std::string sources = root + "/sys/bus/event_source/devices";
  state.kprobes = exists(sources + "/kprobe") || exists(root + "/sys/kernel/tracing/kprobe_events");
  state.uprobes = exists(sources + "/uprobe") || exists(root + "/sys/kernel/tracing/uprobe_events");
  state.lockdown = lockdown(root);
  state.bpf_lsm = bpf_lsm(root);
  state.unprivileged_bpf_disabled =
      parse<int>(read_text(root + "/proc/sys/kernel/unprivileged_bpf_disabled"));
  state.perf_event_paranoid = parse<int>(read_text(root + "/proc/sys/kernel/perf_event_paranoid"));
  if (root.empty()) state.memlock_bytes = memlock_limit();
  read_version(root, state);
  return state;
}

}  // namespace bpfmap::kernel
