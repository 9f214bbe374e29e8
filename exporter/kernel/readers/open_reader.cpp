// SPDX-License-Identifier: Apache-2.0
#include "kernel/open_reader.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "base/clock.h"
#include "base/log.h"
#include "kernel/libbpf/kernel_version.h"
#include "kernel/map_types.h"
#include "kernel/readers/adaptive_reader.h"
#include "kernel/readers/batch_reader.h"
#include "kernel/readers/iter_reader.h"
#include "kernel/readers/key_reader.h"
#include "kernel/readers/mmap_reader.h"
#include "kernel/readers/next_key_reader.h"
#include "kernel/readers/reader_trial.h"
#include "kernel/readers/storage_reader.h"
#include "kernel/readers/walk_error.h"

namespace bpfmap::kernel {
namespace {

using ReaderResult = Result<std::unique_ptr<MapReader>>;

ReaderResult open_mmap(const std::string& map_name, int fd, const MapShape& shape) {
  if (!is_mmapable(shape)) {
    return walk_error(map_name, 0, "reader mmap needs an array created with BPF_F_MMAPABLE");
  }
  auto reader = MmapReader::open(map_name, fd, shape);
  if (!reader) return unexpected(reader.error());
  return std::move(*reader);
}

// One call tells: kernels and map types without batches answer ENOTSUPP (524),
// EINVAL or EOPNOTSUPP.
ReaderResult open_batch(const std::string& map_name, int fd, const MapShape& shape,
                        MapSyscalls& syscalls) {
  auto reader = std::make_unique<BatchReader>(map_name, fd, shape, syscalls);
  RowBlock block(shape, 16);
  if (auto probe = reader->next_batch(block); !probe) return unexpected(probe.error());
  reader->rewind();
  return std::unique_ptr<MapReader>(std::move(reader));
}

ReaderResult open_next_key(const std::string& map_name, int fd, const MapShape& shape,
                           MapSyscalls& syscalls) {
  auto reader = std::make_unique<NextKeyReader>(map_name, fd, shape, syscalls);
  RowBlock block(shape, 1);
  if (auto probe = reader->next_batch(block); !probe) return unexpected(probe.error());
  reader->rewind();
  const auto kernel = running_kernel();
  if (kernel && walk_disturbs(shape.type, kernel->major, kernel->minor)) {
    log::warning("walking this map makes its entries recently used on kernels before 5.2",
                 {{"map", map_name}, {"type", map_type_name(shape.type)}});
  }
  return std::unique_ptr<MapReader>(std::move(reader));
}

ReaderResult open_iter(const std::string& map_name, int fd, const MapShape& shape,
                       const ReaderOptions& options, MapSyscalls& syscalls) {
  if (const std::string reason = why_not_iter(shape, options); !reason.empty()) {
    return walk_error(map_name, 0, "reader iter: " + reason);
  }
  auto reader = IterReader::open(map_name, fd, shape, syscalls);
  if (!reader) return unexpected(reader.error());
  return std::move(*reader);
}

ReaderResult open_general(const std::string& map_name, int fd, const MapShape& shape,
                          MapSyscalls& syscalls) {
  if (auto reader = open_mmap(map_name, fd, shape)) return reader;
  auto batch = open_batch(map_name, fd, shape, syscalls);
  if (batch) return batch;
  log::debug("map is read without batches", {{"map", map_name}, {"why", batch.error().message()}});
  return open_next_key(map_name, fd, shape, syscalls);
}

ReaderResult open_fastest(const std::string& map_name, int fd, const MapShape& shape,
                          const ReaderOptions& options, MapSyscalls& syscalls) {
  auto general = open_general(map_name, fd, shape, syscalls);
  const bool pays = shape.per_cpu && shape.max_entries >= ReaderTrial::kLeastEntries;
  if (!general || !pays || !why_not_iter(shape, options).empty()) return general;
  // Now, while there is the right to load a program; whether it is used the first walks tell.
  auto iter = IterReader::open(map_name, fd, shape, syscalls);
  if (!iter) {
    log::debug("map is not read by iter", {{"map", map_name}, {"why", iter.error().message()}});
    return general;
  }
  auto learn = [&reader = **iter](const RowBlock& rows, bool begins) {
    reader.learn(rows, begins);
  };
  return std::make_unique<AdaptiveReader>(map_name, *std::move(general), *std::move(iter),
                                          steady_clock(), std::move(learn));
}

ReaderResult open_key(const std::string& map_name, int fd, const MapShape& shape,
                      std::uint64_t number, MapSyscalls& syscalls) {
  std::vector<std::byte> key = key_of_number(number, shape.key_size);
  if (key.empty()) {
    return walk_error(map_name, 0,
                      "key " + std::to_string(number) + " is no key of " +
                          std::to_string(shape.key_size) + " bytes");
  }
  return std::make_unique<KeyReader>(map_name, fd, shape, std::move(key), syscalls);
}

ReaderResult open_storage(const std::string& map_name, int fd, const MapShape& shape,
                          model::ReaderChoice choice) {
  if (choice != model::ReaderChoice::kAuto && choice != model::ReaderChoice::kIter) {
    return walk_error(map_name, 0,
                      with_article(map_type_name(shape.type)) + " is read by iter only");
  }
  auto reader = StorageReader::open(map_name, fd, shape);
  if (!reader) return unexpected(reader.error());
  return std::move(*reader);
}

}  // namespace

ReaderResult open_reader(const std::string& map_name, int fd, const MapShape& shape,
                         const ReaderOptions& options, MapSyscalls& syscalls) {
  if (const std::string reason = why_not_walkable(shape.type); !reason.empty()) {
    return walk_error(map_name, 0,
                      with_article(map_type_name(shape.type)) + " cannot be walked: " + reason);
  }
  if (options.only_key) return open_key(map_name, fd, shape, *options.only_key, syscalls);
  if (access_of(shape.type) == Access::kStorage) {
    return open_storage(map_name, fd, shape, options.choice);
  }
  switch (options.choice) {
    case model::ReaderChoice::kAuto: return open_fastest(map_name, fd, shape, options, syscalls);
    case model::ReaderChoice::kBatch: return open_batch(map_name, fd, shape, syscalls);
    case model::ReaderChoice::kNextKey: return open_next_key(map_name, fd, shape, syscalls);
    case model::ReaderChoice::kMmap: return open_mmap(map_name, fd, shape);
    case model::ReaderChoice::kIter: return open_iter(map_name, fd, shape, options, syscalls);
  }
  return walk_error(map_name, EINVAL, "reader");
}

std::unique_ptr<MapReader> open_draining_reader(const std::string& map_name, int fd,
                                                const MapShape& shape) {
  return std::make_unique<BatchReader>(map_name, fd, shape, draining_map_syscalls());
}

int delete_key(int fd, const void* key) { return -bpf_map_delete_elem(fd, key); }

std::string why_not_iter(const MapShape& shape, const ReaderOptions& options) {
  if (access_of(shape.type) == Access::kStorage) return {};
  if (std::string reason = why_no_iter(shape); !reason.empty() || !shape.per_cpu) return reason;
  if (options.cpus_apart) {
    return "it adds the values of all CPUs up, and a metric needs more than their sum (a cpu "
           "label, "
           "max or min, or a value that is named by offset)";
  }
  return why_not_added_up(shape, options.value.get());
}

bool walk_disturbs(std::uint32_t map_type, int kernel_major, int kernel_minor) {
  return is_lru(map_type) && (kernel_major < 5 || (kernel_major == 5 && kernel_minor < 2));
}

std::vector<std::byte> key_of_number(std::uint64_t number, std::uint32_t key_size) {
  const bool is_width = key_size == 1 || key_size == 2 || key_size == 4 || key_size == 8;
  if (!is_width || (key_size < 8 && number >> (8 * key_size) != 0)) return {};
  std::vector<std::byte> key(key_size);
  const auto* bytes = reinterpret_cast<const std::byte*>(&number);
  const bool little = std::endian::native == std::endian::little;
  std::copy_n(little ? bytes : bytes + (8 - key_size), key_size, key.begin());
  return key;
}

}  // namespace bpfmap::kernel
