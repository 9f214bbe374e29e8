// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/batch_reader.h"

#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/readers/walk_error.h"

namespace bpfmap::kernel {
namespace {

// A signal or a busy bucket may interrupt a call again and again; more often than this is a fault.
constexpr int kMostInterruptions = 1000;

bool is_interruption(int error) {
  // The last three are locks of buckets that a program or another call holds: EBUSY from Linux 5.12
  // on, the others from 6.15 on.
  return error == -EINTR || error == -EAGAIN || error == -EBUSY || error == -EDEADLK ||
         error == -ETIMEDOUT;
}

}  // namespace

BatchReader::BatchReader(std::string map_name, int fd, const MapShape& shape, MapSyscalls& syscalls)
    : map_name_(std::move(map_name)),
      fd_(fd),
      shape_(shape),
      syscalls_(syscalls),
      flags_(shape.has_spin_lock ? BPF_F_LOCK : 0),
      may_repeat_(shape.type == BPF_MAP_TYPE_LPM_TRIE),
      seen_(shape.key_size, shape.max_entries),
      from_(std::max<std::size_t>(shape.key_size, sizeof(std::uint32_t))),
      next_(from_.size()) {}

void BatchReader::rewind() {
  started_ = false;
  seen_.clear();
}

int BatchReader::lookup(RowBlock& block, std::uint32_t* count) {
  for (int tries = 0;; ++tries) {
    *count = block.capacity();
    const int error = syscalls_.lookup_batch(fd_, started_ ? from_.data() : nullptr, next_.data(),
                                             block.keys(), block.values(), count, flags_);
    if (!is_interruption(error)) return error;
    // What came before the bucket that was not to be had is valid, and gone from a map that is
    // drained: the walk goes on from there.
    if (*count > 0) return 0;
    if (tries == kMostInterruptions) return error;
  }
}

Result<void> BatchReader::make_room(RowBlock& block) {
  // One bucket can hold everything there is, and a little more while CPUs race for
  // the last elements.
  const std::uint64_t most = std::uint64_t{shape_.max_entries} * 2 + 64;
  if (block.capacity() >= most) {
    return walk_error(map_name_, ENOSPC, "a batch needs more room than the map has entries");
  }
  const std::uint64_t doubled = std::max<std::uint64_t>(std::uint64_t{block.capacity()} * 2, 64);
  block.reserve(static_cast<std::uint32_t>(std::min(doubled, most)));
  return {};
}

Result<bool> BatchReader::next_batch(RowBlock& block) {
  block.set_count(0);
  if (block.capacity() == 0) block.reserve(64);
  std::uint32_t count = 0;
  int error = lookup(block, &count);
  while (error == -ENOSPC) {  // not even one bucket fits: again from the same cursor
    if (auto room = make_room(block); !room) return unexpected(room.error());
    error = lookup(block, &count);
  }
  const bool last = error == -ENOENT;  // the last batch says so and still carries `count` entries
  if (error != 0 && !last) return walk_error(map_name_, -error, "batch lookup");
  if (count > block.capacity()) return walk_error(map_name_, EOVERFLOW, "batch lookup");
  block.set_count(count);
  if (may_repeat_) drop_repeated(block);
  if (seen_.exhausted()) return walk_error(map_name_, 0, kWalkExhausted);
  from_.swap(next_);
  started_ = true;
  return !last;
}

void BatchReader::drop_repeated(RowBlock& block) {
  std::uint32_t kept = 0;
  for (std::uint32_t row = 0; row < block.count(); ++row) {
    if (!seen_.insert(block.key(row))) continue;
    if (kept != row) {
      std::memcpy(block.keys() + std::size_t{kept} * block.key_size(), block.key(row),
                  block.key_size());
      std::memcpy(block.values() + std::size_t{kept} * block.row_value_size(), block.value(row),
                  block.row_value_size());
    }
    ++kept;
  }
  block.set_count(kept);
}

}  // namespace bpfmap::kernel
