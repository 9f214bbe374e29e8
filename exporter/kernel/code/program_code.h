// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace bpfmap::kernel {

// Memory that programs share with user space: the values of a map, or a global variable.
struct Region {
  std::string name;
  bool is_map = false;
  std::vector<std::byte> setting = {};  // of a variable in .rodata: the bytes that it has
};

// A place in a region. Of a map it is the map itself, whose offset is 0.
struct RegionPlace {
  std::size_t region = 0;
  std::int32_t offset = 0;
};

// An instruction of a section.
struct CodePlace {
  std::size_t section = 0;
  std::size_t at = 0;
  auto operator<=>(const CodePlace&) const = default;
};

struct CodeSection {
  std::string name;
  std::vector<bpf_insn> instructions;
  std::map<std::size_t, RegionPlace> regions;  // what the instruction there loads the address of
  std::map<std::size_t, CodePlace> functions;  // what it calls, or loads the address of
  std::set<std::size_t> unknown;               // it is something else that has a symbol
};

// The instructions of a BPF object file as the compiler left them, with what their relocations
// refer to. Relocations of CO-RE are not among these.
struct ProgramCode {
  std::vector<Region> regions;
  std::vector<CodeSection> sections;
  std::vector<CodePlace> programs;  // where each begins

  // Of bytes that why_not_bpf_elf() has nothing against.
  static ProgramCode of(std::span<const std::byte> object);
};

}  // namespace bpfmap::kernel
