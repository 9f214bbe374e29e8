// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "kernel/layout.h"
#include "kernel/map_info.h"

// What an object says about itself before anything is loaded: values, free of libbpf.
namespace bpfmap::kernel {

// The type of a program whose section libbpf does not know.
inline constexpr const char* kUntyped = "unspec";

// What an object says about itself before anything is loaded.
struct ProgramInfo {
  std::string name;
  std::string section;  // "tp_btf/sched_switch"
  // libbpf's name: "tracing", "xdp"; kUntyped where the section says none: the target does.
  std::string type;
  bool section_attaches = false;  // libbpf can attach it with nothing but its section
  bool autoload = true;           // false: SEC("?..."), only loaded where a request names it
};

struct GlobalInfo {
  std::string name;
  std::string section;  // .data, .rodata, .bss and their suffixed kin
  TypePtr type;
  std::uint32_t offset = 0;
};

// Clocks of times since boot: bpf_ktime_get_boot_ns(), and bpf_ktime_get_ns() or its coarse sister.
struct ClocksRead {
  bool boot = false;
  bool monotonic = false;
};

}  // namespace bpfmap::kernel
