// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace bpfmap::kernel {

// Why these bytes are no BPF object for this machine, judged by the ELF header alone; empty where
// nothing speaks against it. Says more than libbpf, which has one code for most of it.
std::string why_not_bpf_elf(std::span<const std::byte> bytes);

}  // namespace bpfmap::kernel
