// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

// Names of the kernel's enums (linux/bpf.h) in lower case, as libbpf and bpftool spell them; also
// those that are newer than the libbpf in use. "type 99" for what is not known. The names of map
// types are in map_types.h.
namespace bpfmap::kernel {

std::string program_type_name(std::uint32_t type);  // enum bpf_prog_type: "tracing", "xdp"
std::string link_type_name(std::uint32_t type);     // enum bpf_link_type: "perf_event", "tcx"
std::string attach_type_name(std::uint32_t type);   // enum bpf_attach_type: "trace_fentry"

}  // namespace bpfmap::kernel
