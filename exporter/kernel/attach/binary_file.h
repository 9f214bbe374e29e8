// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

// Which file a probe is in: that of the same path may be another one after an upgrade.
namespace bpfmap::kernel {

// The path of a binary that is named as libbpf takes it: a path, or a name that is looked for where
// the loader and the shell would. The name itself where there is none.
std::string path_of_binary(const std::string& binary);

// "DEVICE:INODE" of what a path leads to; empty where that is no file.
std::string file_identity(const std::string& path);

}  // namespace bpfmap::kernel
