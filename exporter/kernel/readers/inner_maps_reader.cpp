// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/inner_maps_reader.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "kernel/open_reader.h"
#include "kernel/readers/joined_reader.h"
#include "kernel/readers/next_key_reader.h"
#include "kernel/readers/walk_error.h"

namespace bpfmap::kernel {
namespace {

MapShape joined_shape(const MapShape& outer, MapShape inner) {
  inner.key_size += outer.key_size;
  inner.max_entries = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(std::uint64_t{inner.max_entries} * outer.max_entries, UINT32_MAX));
  return inner;
}

}  // namespace

// There are few inner maps compared with what is in them: the outer map needs no fast reader.
Result<std::unique_ptr<MapReader>> open_inner_maps_reader(const std::string& map_name, int fd,
                                                          const MapShape& outer,
                                                          const MapShape& inner,
                                                          const ReaderOptions& options,
                                                          MapSyscalls& syscalls) {
  return std::make_unique<InnerMapsReader>(
      map_name, std::make_unique<NextKeyReader>(map_name, fd, outer, syscalls), inner, options,
      kernel_inner_maps(), syscalls);
}

InnerMapsReader::InnerMapsReader(std::string map_name, std::unique_ptr<MapReader> outer,
                                 const MapShape& inner, ReaderOptions options,
                                 InnerMapOpener& opener, MapSyscalls& syscalls)
    : map_name_(std::move(map_name)),
      outer_(std::move(outer)),
      inner_shape_(inner),
      shape_(joined_shape(outer_->shape(), inner)),
      options_(std::move(options)),
      opener_(opener),
      syscalls_(syscalls) {
  // Rows of all inner maps have one shape, whichever reader each of them gets.
  options_.cpus_apart = true;
}

void InnerMapsReader::rewind() {
  listed_ = false;
  close_inner();
}

void InnerMapsReader::close_inner() {
  inner_.reset();
  inner_fd_.reset();
}

// The ids of all inner maps first: opening them while the outer map is walked would make that walk
// last as long as all of theirs.
Result<void> InnerMapsReader::list_inner_maps() {
  slots_.clear();
  at_ = 0;
  outer_->rewind();
  RowBlock block(outer_->shape(), 1024);
  while (true) {
    const Result<bool> more = outer_->next_batch(block);
    if (!more) return unexpected(more.error());
    for (std::uint32_t row = 0; row < block.count(); ++row) {
      Slot slot{{block.key(row), block.key(row) + block.key_size()}, 0};
      std::memcpy(&slot.id, block.value(row), sizeof(slot.id));
      if (slot.id != 0) slots_.push_back(std::move(slot));
    }
    if (!*more) break;
  }
  listed_ = true;
  return {};
}

Result<bool> InnerMapsReader::open_inner(const Slot& slot) {
  auto opened = opener_.open(slot.id);
  if (!opened && opened.error().code == ENOENT) return false;
  if (!opened) {
    Error error = opened.error();
    error.subject += " in '" + map_name_ + "'";
    return unexpected(std::move(error));
  }
  const MapShape& found = opened->shape;
  if (found.type != inner_shape_.type || found.key_size != inner_shape_.key_size ||
      found.value_size != inner_shape_.value_size) {
    return walk_error(map_name_, 0,
                      "the inner map with id " + std::to_string(slot.id) +
                          " has another type, key size or value size than the others");
  }
  MapShape shape = inner_shape_;
  shape.max_entries = found.max_entries;
  shape.flags = found.flags;
  inner_fd_ = std::move(opened->fd);
  auto reader = open_reader(map_name_, inner_fd_.get(), shape, options_, syscalls_);
  if (!reader) return unexpected(reader.error());
  inner_ = *std::move(reader);
  inner_->rewind();
  return true;
}

Result<bool> InnerMapsReader::next_batch(RowBlock& block) {
  Result<bool> more = read_rows(block);
  // An open descriptor keeps a map alive that its owner has given up.
  if (!more) close_inner();
  return more;
}

Result<bool> InnerMapsReader::read_rows(RowBlock& block) {
  block.set_count(0);
  if (block.capacity() == 0) block.reserve(64);
  if (!listed_) {
    if (auto listed = list_inner_maps(); !listed) return unexpected(listed.error());
  }
  while (inner_ == nullptr && at_ < slots_.size()) {
    const Result<bool> there = open_inner(slots_[at_]);
    if (!there) return unexpected(there.error());
    if (!*there) ++at_;
  }
  if (inner_ == nullptr) return false;
  if (rows_.capacity() < block.capacity()) rows_ = RowBlock(inner_->shape(), block.capacity());
  Result<bool> more = inner_->next_batch(rows_);
  if (!more) return more;
  block.reserve(rows_.capacity());
  append_rows(rows_, slots_[at_].outer_key, block);
  if (!*more) {
    close_inner();
    ++at_;
  }
  return at_ < slots_.size();
}

}  // namespace bpfmap::kernel
