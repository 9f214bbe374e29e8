// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace bpfmap::kernel {

// Why these bytes are no BPF object for this machine, judged by what ELF says of itself: its
// headers, symbols and relocations, of which libbpf follows some wherever they lead. Empty where
// nothing speaks against it. Says more than libbpf, which has one code for most of it. No release
// of libbpf makes this unnecessary: it is not meant for files that are broken on purpose (its issue
// 823), and up to 1.7 at least some of them end the process that opens them.
std::string why_not_bpf_elf(std::span<const std::byte> bytes);

// The content of the section of this name; empty where there is none, or none in the file. Only for
// bytes of which why_not_bpf_elf() says nothing.
std::span<const std::byte> elf_section(std::span<const std::byte> bytes, std::string_view name);

}  // namespace bpfmap::kernel
