// SPDX-License-Identifier: Apache-2.0
#include "host/tables/host_view.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/small_file.h"
#include "base/text.h"

namespace bpfmap::host {
namespace {

// kthreadd, the parent of all kernel threads, is process 2 of the machine. Any process may have
// that name, but only the kernel sets this flag (include/linux/sched.h).
bool has_kernel_threads(const std::string& procfs) {
  constexpr std::uint64_t kKernelThread = 0x00200000;  // PF_KTHREAD
  constexpr int kFlags = 7;                            // words behind the name in proc(5) stat
  const std::optional<std::string> stat = read_small_file(procfs + "/2/stat");
  if (!stat || stat->rfind(')') == std::string::npos) return false;
  std::string_view words = std::string_view(*stat).substr(stat->rfind(')') + 1);
  for (int skipped = 1; skipped < kFlags; ++skipped) next_word(words);
  return (parse_u64(next_word(words)).value_or(0) & kKernelThread) != 0;
}

}  // namespace

std::optional<std::uint32_t> namespace_number(const std::string& link) {
  std::error_code error;
  const std::string target = std::filesystem::read_symlink(link, error).string();
  const std::size_t begin = target.find('[');
  if (error || begin == std::string::npos || target.back() != ']') return std::nullopt;
  return parse_u32(std::string_view(target).substr(begin + 1, target.size() - begin - 2));
}

bool shows_host_processes(const std::string& procfs) {
  if (const auto of_first = namespace_number(procfs + "/1/ns/pid")) {
    return *of_first == kHostPidNamespace;
  }
  // A process has no number in the namespaces below its own: a /proc of those has no `self`
  // for this process.
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
