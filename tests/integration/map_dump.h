// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

namespace bpfmap::test {

// What bpftool reads from the map of that name which the process holds: by key, the sum over all
// CPUs of a field of the value. Keys are one number.
std::map<std::uint64_t, std::uint64_t> dump_map(pid_t pid, const std::string& map,
                                                const std::string& field);

// Writes an entry by bpftool, key and value as hex digits; a value of a per-CPU map goes
// to all CPUs.
void set_entry(pid_t pid, const std::string& map, const std::string& key, const std::string& value);

}  // namespace bpfmap::test
