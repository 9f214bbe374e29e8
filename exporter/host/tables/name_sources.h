// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/tables/name_table.h"

// Where the tables of the kernel come from. Any thread.
namespace bpfmap::host {

inline constexpr const char* kPartitionsPath = "/partitions";  // in /proc

// The interfaces of the network namespace of the calling thread, by if_nameindex(3).
std::optional<std::vector<Row>> read_interfaces();

// A file in the format of /proc/partitions; nothing where it cannot be read.
std::optional<std::vector<Row>> read_partitions(const std::string& path);

// The text of /proc/partitions (show_partition() in the kernel's block/genhd.c): a heading, an
// empty line, then "major minor #blocks name" in columns. Lines that look different are skipped.
std::vector<Row> parse_partitions(std::string_view text);

}  // namespace bpfmap::host
