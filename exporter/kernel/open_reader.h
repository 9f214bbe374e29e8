// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "kernel/layout.h"
#include "kernel/map_reader.h"
#include "kernel/map_syscalls.h"
#include "model/reader_choice.h"

namespace bpfmap::kernel {

// What a configuration says about how a map is read.
struct ReaderOptions {
  // Readers that combine CPUs are out, for want of knowing more.
  ReaderOptions(model::ReaderChoice reader = model::ReaderChoice::kAuto) : choice(reader) {}
  ReaderOptions(model::ReaderChoice reader, bool apart, TypePtr type)
      : choice(reader), cpus_apart(apart), value(std::move(type)) {}

  model::ReaderChoice choice;
  bool cpus_apart = true;  // a metric needs more than the sum over CPUs: each, or the largest
  TypePtr value;           // null without BTF
  std::optional<std::uint64_t> only_key = {};  // a number: read this entry and no other
};

// The reader for a map: the fastest one that works, found by trying (an mmap, one batch call; the
// first walks, where CPUs can be added up in the kernel), or the forced one - then a failure is an
// error that says what the kernel answered. Its rows have the shape that it says, which is not
// always `shape`. `map_name` is for messages. `syscalls` outlives the reader, as does `fd`.
Result<std::unique_ptr<MapReader>> open_reader(const std::string& map_name, int fd,
                                               const MapShape& shape, const ReaderOptions& options,
                                               MapSyscalls& syscalls);

// A reader that takes what it returns out of a hash map. Nothing is tried at once, since
// what a trial returned would be lost: a kernel that cannot do it says so in the first walk.
// `fd` outlives it.
std::unique_ptr<MapReader> open_draining_reader(const std::string& map_name, int fd,
                                                const MapShape& shape);

// Deletes an entry. The errno where that fails: ENOENT where there is none of this key.
int delete_key(int fd, const void* key);

// Why `reader: iter` cannot read this map for a caller that needs what `options` says; empty where
// it can, as far as is known without a kernel.
std::string why_not_iter(const MapShape& shape, const ReaderOptions& options);

// Whether walking a map of this type disturbs what it holds: before Linux 5.2 a lookup from user
// space made an entry of an LRU map recently used, so that a walk evicts what it should keep.
bool walk_disturbs(std::uint32_t map_type, int kernel_major, int kernel_minor);

}  // namespace bpfmap::kernel
