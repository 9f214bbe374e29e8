// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

// Whether this process sees what the ids of the kernel mean. BPF programs get those of the machine;
// a container may have namespaces of its own, in which they mean something else or nothing. Any
// thread.
namespace bpfmap::host {

// Whether a folder like /proc shows the processes of the machine: those of the kernel's first pid
// namespace. That is so where its process 1 lives there; where we may not look at that, where we
// live there ourselves and are to be seen; or where it has kernel threads, which no other namespace
// has.
bool shows_host_processes(const std::string& procfs);

// Whether a mounted hierarchy of cgroups is all of it, and not what is below the cgroup of a
// container. What is no file system of cgroups counts as all of it.
bool shows_all_cgroups(const std::string& mount);

}  // namespace bpfmap::host
