// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

// Reads a map of maps, and through it the maps it holds, each as `options` say: every row of every
// inner map, its key followed by the outer key under which the inner map is.
Result<std::unique_ptr<MapReader>> open_inner_maps_reader(const std::string& map_name, int fd,
                                                          const MapShape& outer,
                                                          const MapShape& inner,
                                                          const ReaderOptions& options,
                                                          MapSyscalls& syscalls);

// Where a global variable lies in the map of its section (.bss, .data, .rodata).
struct VariablePlace {
  std::uint32_t offset = 0;
  std::uint32_t elements = 1;      // more than 1 for an array
  std::uint32_t element_size = 0;  // bytes
};

// Reads a global variable as if it were an array map: its elements by index. `section` is the
// section's map, an array of one entry of `section_size` bytes; the descriptor outlives the reader.
// `name` is for messages.
Result<std::unique_ptr<MapReader>> open_variable_reader(const std::string& name, int section,
                                                        std::uint32_t section_size,
                                                        const VariablePlace& place);

struct JoinedPart {
  std::unique_ptr<MapReader> reader;
  std::vector<std::byte> suffix;  // of the same size in all parts
};
// Walks several maps of the same shape one after the other as if they were one, whose keys say in
// their last bytes which map a row is from. `parts` is not empty.
std::unique_ptr<MapReader> join_readers(std::vector<JoinedPart> parts);

// A number as a key of that many bytes (1, 2, 4 or 8); empty where it does not fit.
std::vector<std::byte> key_of_number(std::uint64_t number, std::uint32_t key_size);

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
