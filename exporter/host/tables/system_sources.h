// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/tables/name_table.h"

// Where the tables of users, interrupts, CPUs and namespaces come from. Any thread.
namespace bpfmap::host {

inline constexpr const char* kPasswdPath = "/etc/passwd";
inline constexpr const char* kGroupPath = "/etc/group";
inline constexpr const char* kIrqPath = "/kernel/irq";            // in /sys
inline constexpr const char* kNodePath = "/devices/system/node";  // in /sys

// A file in the format of passwd(5) or group(5): the name is the first part of a line, the number
// the third. Lines that look different are skipped.
std::optional<std::vector<Row>> read_accounts(const std::string& path);
std::vector<Row> parse_accounts(std::string_view text);

// A folder like /sys/kernel/irq: one folder for each interrupt, with a file `actions` that names
// the handlers of it. Those without have no name.
std::optional<std::vector<Row>> read_interrupts(const std::string& folder);

// A folder like /sys/devices/system/node: nodeN/cpuM says that CPU M is in node N. The name of a
// CPU is the number of its node.
std::optional<std::vector<Row>> read_numa_nodes(const std::string& folder);

// The namespaces of the host, which are those of process 1 and those with numbers that the kernel
// fixes, are called `host`; those of this process that are others, `exporter`. A folder like /proc.
std::optional<std::vector<Row>> read_namespaces(const std::string& proc);

}  // namespace bpfmap::host
