// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "kernel/map_reader.h"
#include "kernel/map_syscalls.h"

namespace bpfmap::kernel {

enum class ReaderChoice { kAuto, kBatch, kNextKey, kMmap, kIter };

// The reader for a map: the fastest one that works, found by trying (an mmap, one batch call), or
// the forced one - then a failure is an error that says what the kernel answered. `map_name` is for
// messages. `syscalls` outlives the reader, as does `fd`.
Result<std::unique_ptr<MapReader>> open_reader(const std::string& map_name, int fd,
                                               const MapShape& shape, ReaderChoice choice,
                                               MapSyscalls& syscalls);

// Whether walking a map of this type disturbs what it holds: before Linux 5.2 a lookup from user
// space made an entry of an LRU map recently used, so that a walk evicts what it should keep.
bool walk_disturbs(std::uint32_t map_type, int kernel_major, int kernel_minor);

}  // namespace bpfmap::kernel
