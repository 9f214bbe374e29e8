// SPDX-License-Identifier: Apache-2.0
#include "base/capabilities.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>

namespace bpfmap {
namespace {

// By number.
constexpr std::array<std::string_view, 41> kNames{"chown",
                                                  "dac_override",
                                                  "dac_read_search",
                                                  "fowner",
                                                  "fsetid",
                                                  "kill",
                                                  "setgid",
                                                  "setuid",
                                                  "setpcap",
                                                  "linux_immutable",
                                                  "net_bind_service",
                                                  "net_broadcast",
                                                  "net_admin",
                                                  "net_raw",
                                                  "ipc_lock",
                                                  "ipc_owner",
                                                  "sys_module",
                                                  "sys_rawio",
                                                  "sys_chroot",
                                                  "sys_ptrace",
                                                  "sys_pacct",
                                                  "sys_admin",
                                                  "sys_boot",
                                                  "sys_nice",
                                                  "sys_resource",
                                                  "sys_time",
                                                  "sys_tty_config",
                                                  "mknod",
                                                  "lease",
                                                  "audit_write",
                                                  "audit_control",
                                                  "setfcap",
                                                  "mac_override",
                                                  "mac_admin",
                                                  "syslog",
                                                  "wake_alarm",
                                                  "block_suspend",
                                                  "audit_read",
                                                  "perfmon",
                                                  "bpf",
                                                  "checkpoint_restore"};

constexpr int kBits = 64;

Error capability_error(const char* operation) {
  return Error{ErrorKind::kSystem, operation, "capabilities of the process", errno, {}, {}};
}

using Words = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct header() { return {_LINUX_CAPABILITY_VERSION_3, 0}; }

}  // namespace

std::optional<int> capability_number(std::string_view name) {
  std::string lower;
  for (const char c : name) {
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (lower.starts_with("cap_")) lower.erase(0, 4);
  for (std::size_t number = 0; number < kNames.size(); ++number) {
    if (kNames[number] == lower) return static_cast<int>(number);
  }
  return std::nullopt;
}

std::string capability_names(CapabilitySet set) {
  std::string names;
  for (int number = 0; number < kBits; ++number) {
    if (!set.has(number)) continue;
    if (!names.empty()) names += ',';
    const auto index = static_cast<std::size_t>(number);
    names += "cap_";
    names += index < kNames.size() ? std::string(kNames[index]) : std::to_string(number);
  }
  return names.empty() ? "none" : names;
}

Result<CapabilitySet> permitted_capabilities() {
  __user_cap_header_struct who = header();
  Words words{};
  if (::syscall(SYS_capget, &who, words.data()) != 0) {
    return tl::unexpected(capability_error("read the"));
  }
  return CapabilitySet(words[0].permitted | std::uint64_t{words[1].permitted} << 32U);
}

Result<void> keep_capabilities(CapabilitySet kept) {
  const auto permitted = permitted_capabilities();
  if (!permitted) return tl::unexpected(permitted.error());
  const std::uint64_t bits = permitted->both(kept).bits();
  __user_cap_header_struct who = header();
  Words words{};
  for (std::size_t word = 0; word < words.size(); ++word) {
    words[word].permitted = static_cast<std::uint32_t>(bits >> (32U * word));
    words[word].effective = words[word].permitted;
  }
  if (::syscall(SYS_capset, &who, words.data()) != 0) {
    return tl::unexpected(capability_error("give up"));
  }
  return {};
}

void keep_capability_to_read() {
  CapabilitySet kept;
  kept.add(CAP_DAC_READ_SEARCH);
  static_cast<void>(keep_capabilities(kept));
}

}  // namespace bpfmap
