// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace bpfmap::kernel {

// Why these bytes are no BPF object for this machine, judged by what ELF says of itself: its
// headers, symbols and relocations, of which libbpf follows some wherever they lead. Empty where
// nothing speaks against it. Says more than libbpf, which has one code for most of it.
std::string why_not_bpf_elf(std::span<const std::byte> bytes);

// The content of the section of this name; empty where there is none, or none in the file. Only for
// bytes of which why_not_bpf_elf() says nothing.
std::span<const std::byte> elf_section(std::span<const std::byte> bytes, std::string_view name);

}  // namespace bpfmap::kernel
