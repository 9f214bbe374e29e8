// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

// Which file a probe is in: that of the same path may be another one after an upgrade.
namespace bpfmap::kernel {

// " DEVICE:INODE" of a binary that is named as libbpf takes it: a path, or a name that is looked
// for where the loader and the shell would. Empty where there is none.
std::string file_of_binary(const std::string& binary);

// The same for "uprobe/BINARY:FUNCTION" and its kin; empty for every other section.
std::string binary_in_section(std::string_view section);

}  // namespace bpfmap::kernel
