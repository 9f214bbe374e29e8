// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace bpfmap::kernel {

// What is wrong with an object's sections .BTF and .BTF.ext, either of which may be empty; empty
// where nothing is. To be asked before libbpf reads them: before its release 1.3 it follows ids and
// offsets wherever they lead. Later ones check most of this themselves, with gaps (its issue 963,
// of 1.7); once they have none, this file can go. Versions and kinds of types that are newer than
// this program end the check without a word; libbpf refuses those that it does not know.
std::string why_broken_btf(std::span<const std::byte> btf, std::span<const std::byte> ext);

}  // namespace bpfmap::kernel
