// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The files of /proc/PID/fdinfo, which tell of BPF objects some of what bpf(2) does not:
// lines of "name:\tvalue" (bpf_prog_show_fdinfo(), bpf_map_show_fdinfo() and
// bpf_link_show_fdinfo() in kernel/bpf/syscall.c).
namespace bpfmap::kernel {

// About a descriptor of this process; empty where it cannot be read.
std::string read_own_fd_info(int fd);

// The decimal number behind "field:"; nothing where there is no such line.
std::optional<std::uint64_t> fd_info_number(std::string_view text, std::string_view field);

}  // namespace bpfmap::kernel
