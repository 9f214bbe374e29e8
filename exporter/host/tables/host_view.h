// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

// Whether this process sees what the ids of the kernel mean. BPF programs get those of the
// machine; a container may have namespaces of its own, in which they mean something else or
// nothing. Any thread.
namespace bpfmap::host {

// Whether a folder like /proc shows the processes of the machine: those of the kernel's first pid
// namespace. That is so where its process 1 lives there; where this process may not look at
// that, where it lives there itself and is to be seen; or where it has kernel threads, which no
// other namespace has.
bool shows_host_processes(const std::string& procfs);

// Whether a mounted hierarchy of cgroups is all of it, and not what is below the cgroup of a
// container. What is no file system of cgroups counts as all of it.
bool shows_all_cgroups(const std::string& mount);

// The number of the first pid namespace, that of the machine (include/uapi/linux/nsfs.h).
inline constexpr std::uint32_t kHostPidNamespace = 0xeffffffc;

// The number in a link like /proc/PID/ns/net, which reads "net:[4026531840]".
std::optional<std::uint32_t> namespace_number(const std::string& link);

}  // namespace bpfmap::host
