// SPDX-License-Identifier: Apache-2.0
#include "host/host_view.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstdint>
#include <optional>

#include "host/file_text.h"
#include "host/system_sources.h"

namespace bpfmap::host {
namespace {

// kthreadd, the parent of all kernel threads, is process 2 of the machine. Any process may have
// that name, but only the kernel sets this flag (include/linux/sched.h).
bool has_kernel_threads(const std::string& procfs) {
  constexpr std::uint64_t kKernelThread = 0x00200000;  // PF_KTHREAD
  constexpr int kFlags = 7;                            // words behind the name in proc(5) stat
  const std::optional<std::string> stat = read_file(procfs + "/2/stat");
  if (!stat || stat->rfind(')') == std::string::npos) return false;
  std::string_view words = std::string_view(*stat).substr(stat->rfind(')') + 1);
  for (int skipped = 1; skipped < kFlags; ++skipped) next_word(words);
  return (parse_u64(next_word(words)).value_or(0) & kKernelThread) != 0;
}

}  // namespace

bool shows_host_processes(const std::string& procfs) {
  if (const auto of_first = namespace_number(procfs + "/1/ns/pid")) {
    return *of_first == kHostPidNamespace;
  }
  // A process has no number in the namespaces below its own: a /proc of those has no `self` for us.
  if (namespace_number(procfs + "/self/ns/pid") == kHostPidNamespace) return true;
  return has_kernel_threads(procfs);
}

bool shows_all_cgroups(const std::string& mount) {
  constexpr std::uint64_t kTopmost = 1;  // the inode of every hierarchy's own root
  struct statfs system {};
  struct stat status {};
  if (::statfs(mount.c_str(), &system) != 0 || ::stat(mount.c_str(), &status) != 0) return true;
  const bool is_of_cgroups =
      system.f_type == CGROUP_SUPER_MAGIC || system.f_type == CGROUP2_SUPER_MAGIC;
  return !is_of_cgroups || status.st_ino == kTopmost;
}

}  // namespace bpfmap::host
