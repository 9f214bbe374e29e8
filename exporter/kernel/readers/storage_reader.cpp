// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/storage_reader.h"

#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/readers/walk_error.h"

namespace bpfmap::kernel {
namespace {

constexpr std::uint64_t kMostPasses = 65536;
// A read ends behind this many objects (MAX_ITER_OBJECTS in kernel/bpf/bpf_iter.c).
constexpr std::uint64_t kMostVisited = 1000000;

// struct iter_passes of bpf/iter.bpf.h.
struct IterPasses {
  std::uint64_t passes = 1;
  std::uint64_t pass = 0;
  std::uint64_t overflowed = 0;
  std::uint64_t visited = 0;
};

constexpr std::uint32_t kOnlyEntry = 0;  // of the map behind a data section

IterProgram::Request request_for(const std::string& map_name, int fd, const MapShape& shape) {
  IterProgram::Request request;
  request.map = map_name;
  request.constants = {{"value_size", shape.value_size}};
  if (shape.type == BPF_MAP_TYPE_TASK_STORAGE) {
    request.object = "iter_task_storage";
    request.since = "5.12";
    request.storage_fd = fd;
  } else if (shape.type == BPF_MAP_TYPE_SK_STORAGE) {
    request.object = "iter_sk_storage";
    request.since = "5.12";
    request.target.map.map_fd = static_cast<std::uint32_t>(fd);
    request.has_target = true;
  } else {
    request.object = "iter_cgrp_storage";
    request.since = "6.2";
    request.storage_fd = fd;
    request.target.cgroup.order = BPF_CGROUP_ITER_DESCENDANTS_PRE;  // from the root of version 2
    request.has_target = true;
  }
  return request;
}

}  // namespace

Result<std::unique_ptr<StorageReader>> StorageReader::open(const std::string& map_name, int fd,
                                                           const MapShape& shape) {
  if (shape.has_spin_lock) {
    return walk_error(map_name, 0, "the iterator does not take the bpf_spin_lock of the values");
  }
  auto program = IterProgram::open(request_for(map_name, fd, shape));
  if (!program) return unexpected(program.error());
  return std::unique_ptr<StorageReader>(new StorageReader(map_name, shape, *std::move(program)));
}

StorageReader::StorageReader(std::string map_name, const MapShape& shape, IterProgram program)
    : map_name_(std::move(map_name)),
      shape_(shape),
      program_(std::move(program)),
      stream_(map_name_, std::size_t{shape.key_size} + shape.value_size) {}

void StorageReader::rewind() {
  records_.clear();
  returned_ = 0;
  read_ = false;
}

Result<bool> StorageReader::next_batch(RowBlock& block) {
  block.set_count(0);
  if (block.capacity() < 64) block.reserve(64);  // how many there will be is not known
  if (!read_) {
    if (auto read = read_all(); !read) return unexpected(read.error());
    read_ = true;
  }
  const std::size_t size = std::size_t{shape_.key_size} + shape_.value_size;
  const std::size_t count =
      std::min<std::size_t>(block.capacity(), (records_.size() - returned_) / size);
  for (std::size_t row = 0; row < count; ++row, returned_ += size) {
    const std::byte* record = records_.data() + returned_;
    std::memcpy(block.keys() + row * shape_.key_size, record, shape_.key_size);
    std::memcpy(block.values() + row * shape_.value_size, record + shape_.key_size,
                shape_.value_size);
  }
  block.set_count(static_cast<std::uint32_t>(count));
  return returned_ < records_.size();
}

Result<void> StorageReader::read_all() {
  while (true) {
    records_.clear();
    bool complete = true;
    for (std::uint64_t pass = 0; pass < passes_ && complete; ++pass) {
      const Result<bool> fitted = read_pass(pass);
      if (!fitted) return unexpected(fitted.error());
      complete = *fitted;
    }
    if (complete) return {};
    passes_ *= 2;
    if (passes_ > kMostPasses) {
      return walk_error(map_name_, 0, "it has too many entries to be read by an iterator");
    }
  }
}

// False where more was to be written than fits into one read.
Result<bool> StorageReader::read_pass(std::uint64_t pass) {
  IterPasses progress;
  progress.passes = passes_;
  progress.pass = pass;
  const int fd = program_.data_fd();  // -1: nothing can interrupt this walk
  if (fd >= 0 && ::bpf_map_update_elem(fd, &kOnlyEntry, &progress, BPF_ANY) != 0) {
    return walk_error(map_name_, errno, "begin a pass of its iterator");
  }
  const Result<void> read = read_records();
  stream_.close();
  if (fd >= 0 && ::bpf_map_lookup_elem(fd, &kOnlyEntry, &progress) != 0) {
    return walk_error(map_name_, errno, "end a pass of its iterator");
  }
  const bool overflowed = progress.overflowed != 0;
  if (!read && !(overflowed && read.error().code == EOPNOTSUPP)) {
    return unexpected(read.error());
  }
  if (progress.visited >= kMostVisited) {
    return walk_error(map_name_, 0, "an iterator cannot walk a million objects in one go");
  }
  return !overflowed;
}

Result<void> StorageReader::read_records() {
  auto source = program_.start();
  if (!source) return unexpected(source.error());
  stream_.open(*std::move(source));
  while (true) {
    const Result<const std::byte*> record = stream_.next();
    if (!record) return unexpected(record.error());
    if (*record == nullptr) return {};
    records_.insert(records_.end(), *record, *record + shape_.key_size + shape_.value_size);
  }
}

}  // namespace bpfmap::kernel
