// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace bpfmap::commands {

// `convert`: reads a file in ebpf_exporter's format, and its object where that lies beside it, and
// prints the same in the exporter's own language to stdout. What is wrong goes to stderr; returns
// the exit code.
int convert(const std::string& path);

}  // namespace bpfmap::commands
