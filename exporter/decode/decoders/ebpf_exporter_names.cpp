// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/ebpf_exporter_names.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decode/decoders/system_names.h"

namespace bpfmap::decode {
namespace {

// It has "_time64" behind these ...
constexpr std::string_view kWithTime64[] = {
    "clock_getres", "clock_nanosleep", "futex",           "io_getevents",          "io_pgetevents",
    "mq_timedsend", "nanosleep",       "mq_timedreceive", "sched_rr_get_interval", "poll",
    "ppoll",        "pselect6",        "recvmmsg",        "rt_sigtimedwait",       "semtimedop",
    "utimensat"};
// ... "64" behind these ...
constexpr std::string_view kWith64[] = {"adjtimex",      "clock_adjtime",   "clock_gettime",
                                        "clock_settime", "sendfile",        "timer_gettime",
                                        "timer_settime", "timerfd_gettime", "timerfd_settime"};
// ... and other names for these.
struct OtherName {
  std::string_view name;
  std::string_view ebpf_exporter;
};
constexpr OtherName kOtherNames[] = {{"_sysctl", "sysctl"},
                                     {"epoll_ctl_old", "printargs"},
                                     {"epoll_wait_old", "printargs"},
                                     {"exit_group", "exit"},
                                     {"lchown", "chown"},
                                     {"lgetxattr", "getxattr"},
                                     {"llistxattr", "listxattr"},
                                     {"lremovexattr", "removexattr"},
                                     {"lsetxattr", "setxattr"},
                                     {"pivot_root", "pivotroot"},
                                     {"pread64", "pread"},
                                     {"pwrite64", "pwrite"}};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::string_view (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string ebpf_exporter_syscall_name(std::string_view name) {
  if (is_one_of(name, kWithTime64)) return std::string(name) + "_time64";
  if (is_one_of(name, kWith64)) return std::string(name) + "64";
  for (const OtherName& other : kOtherNames) {
    if (other.name == name) return std::string(other.ebpf_exporter);
  }
  return std::string(name);
}

std::vector<NameTable::Row> ebpf_exporter_syscall_rows() {
  // Which libseccomp may not know yet, and before them those that it knows.
  constexpr std::uint64_t kNewest = 457;
  std::vector<NameTable::Row> rows = {{kNewest, "statmount"},
                                      {458, "listmount"},
                                      {459, "lsm_get_self_attr"},
                                      {460, "lsm_set_self_attr"},
                                      {461, "lsm_list_modules"}};
  const NameTablePtr system = syscall_names();
  for (std::uint64_t number = 0; number < kNewest; ++number) {
    rows.push_back({number, ebpf_exporter_syscall_name(system->find(number))});
  }
  return rows;
}

std::vector<NameTable::Row> ebpf_exporter_errno_rows() {
  constexpr std::uint64_t kEnd = 512;
  constexpr std::uint64_t kNotSupported = 95;  // which Linux has two names for
  std::vector<NameTable::Row> rows;
  const NameTablePtr system = errno_names();
  for (std::uint64_t number = 1; number < kEnd; ++number) {
    const std::string_view name = system->find(number);
    rows.push_back({number, std::string(number == kNotSupported ? "ENOTSUP" : name)});
  }
  return rows;
}

}  // namespace

NameTablePtr ebpf_exporter_syscall_names() {
  static const auto table = std::make_shared<const NameTable>(ebpf_exporter_syscall_rows());
  return table;
}

NameTablePtr ebpf_exporter_errno_names() {
  static const auto table = std::make_shared<const NameTable>(ebpf_exporter_errno_rows());
  return table;
}

}  // namespace bpfmap::decode
