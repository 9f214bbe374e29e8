// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace bpfmap::kernel {

// "0-3,8,10-11", the format of /sys/devices/system/cpu/online; null where it is not of that format.
std::optional<std::vector<int>> parse_cpu_list(std::string_view text);

}  // namespace bpfmap::kernel
