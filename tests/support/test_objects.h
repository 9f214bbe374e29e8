// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace bpfmap::test {

// The path of a BPF object of tests/objects: "types" is types.bpf.o.
std::string test_object(const std::string& name);

}  // namespace bpfmap::test
