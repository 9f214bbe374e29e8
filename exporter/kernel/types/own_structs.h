// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "kernel/libbpf/handles.h"

namespace bpfmap::kernel {

// The names of the structs that the source of an object defines for itself, in the order of its
// BTF; those of the kernel, which vmlinux.h brings by the hundred, are left out. Types do not say
// where they are from, but what they are for does:
//   the kernel's   what CO-RE relocations are about, what programs get as their context, what
//                  kernel functions and variables take, and all that these lead to;
//   the object's   what maps hold, what global variables are or point at, what functions that are
//                  no programs take, and all that is in these, less the kernel's.
// `ext` is the section .BTF.ext, which why_broken_btf() has found nothing wrong with; `programs`
// are the names of the programs.
std::vector<std::string> own_structs(const btf* types, std::span<const std::byte> ext,
                                     const std::set<std::string>& programs);

}  // namespace bpfmap::kernel
