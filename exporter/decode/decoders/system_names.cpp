// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/system_names.h"

#include <seccomp.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

namespace bpfmap::decode {
namespace {

struct FreeDeleter {
  void operator()(char* text) const { std::free(text); }
};

// include/linux/errno.h of the kernel; 520 and 532 to 4095 are unused.
struct KernelError {
  std::uint64_t number;
  const char* name;
};
constexpr KernelError kKernelErrors[] = {
    {512, "ERESTARTSYS"},
    {513, "ERESTARTNOINTR"},
    {514, "ERESTARTNOHAND"},
    {515, "ENOIOCTLCMD"},
    {516, "ERESTART_RESTARTBLOCK"},
    {517, "EPROBE_DEFER"},
    {518, "EOPENSTALE"},
    {519, "ENOPARAM"},
    {521, "EBADHANDLE"},
    {522, "ENOTSYNC"},
    {523, "EBADCOOKIE"},
    {524, "ENOTSUPP"},
    {525, "ETOOSMALL"},
    {526, "ESERVERFAULT"},
    {527, "EBADTYPE"},
    {528, "EJUKEBOX"},
    {529, "EIOCBQUEUED"},
    {530, "ERECALLCONFLICT"},
    {531, "ENOGRACE"},
};

std::vector<NameTable::Row> errno_rows() {
  constexpr int kFirstKernelError = 512;
  std::vector<NameTable::Row> rows;
  for (int code = 1; code < kFirstKernelError; ++code) {
    if (const char* name = strerrorname_np(code); name != nullptr) {
      rows.push_back({static_cast<std::uint64_t>(code), name});
    }
  }
  for (const KernelError& error : kKernelErrors) rows.push_back({error.number, error.name});
  return rows;
}

std::vector<NameTable::Row> signal_rows() {
  constexpr int kFirstRealTime = 34;
  constexpr int kLast = 64;
  std::vector<NameTable::Row> rows;
  rows.push_back({SIGIO, "SIGIO"});  // libc's abbreviation is that of its synonym SIGPOLL
  for (int number = 1; number < kFirstRealTime; ++number) {
    if (const char* name = sigabbrev_np(number); name != nullptr) {
      rows.push_back({static_cast<std::uint64_t>(number), std::string("SIG") + name});
    }
  }
  for (int number = kFirstRealTime; number <= kLast; ++number) {
    const int above = number - kFirstRealTime;
    rows.push_back({static_cast<std::uint64_t>(number),
                    above == 0 ? "SIGRTMIN" : "SIGRTMIN+" + std::to_string(above)});
  }
  return rows;
}

std::vector<NameTable::Row> syscall_rows() {
  // Far above the last number of any architecture that counts from 0 (all but MIPS, whose
  // calls stay numbers).
  constexpr int kNumbers = 1024;
  std::vector<NameTable::Row> rows;
  const std::uint32_t architecture = seccomp_arch_native();
  for (int number = 0; number < kNumbers; ++number) {
    const std::unique_ptr<char, FreeDeleter> name(
        seccomp_syscall_resolve_num_arch(architecture, number));
    if (name != nullptr) rows.push_back({static_cast<std::uint64_t>(number), name.get()});
  }
  return rows;
}

}  // namespace

NameTablePtr errno_names() {
  static const auto table = std::make_shared<const NameTable>(errno_rows());
  return table;
}

NameTablePtr signal_names() {
  static const auto table = std::make_shared<const NameTable>(signal_rows());
  return table;
}

NameTablePtr syscall_names() {
  static const auto table = std::make_shared<const NameTable>(syscall_rows());
  return table;
}

}  // namespace bpfmap::decode
