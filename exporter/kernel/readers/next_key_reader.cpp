// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/next_key_reader.h"

#include <linux/bpf.h>

#include <cerrno>
#include <cstring>

#include "kernel/map_types.h"
#include "kernel/readers/walk_error.h"

namespace bpfmap::kernel {
namespace {

// Of maps whose max_entries is 0 because cgroups limit them: more than there are.
constexpr std::uint32_t kWithoutLimit = 1 << 20;

}  // namespace

NextKeyReader::NextKeyReader(std::string map_name, int fd, const MapShape& shape,
                             MapSyscalls& syscalls)
    : map_name_(std::move(map_name)),
      fd_(fd),
      shape_(shape),
      syscalls_(syscalls),
      flags_(shape.has_spin_lock ? BPF_F_LOCK : 0),
      may_repeat_(!is_array(shape.type)),
      seen_(shape.key_size, shape.max_entries == 0 ? kWithoutLimit : shape.max_entries),
      key_(shape.key_size),
      next_(shape.key_size) {}

void NextKeyReader::rewind() {
  started_ = false;
  seen_.clear();
  ended_at_.clear();
}

// Whether -ENOENT means that there are no more keys. The maps of cgroup storage say the same
// when the key that the walk stands on was deleted: then it starts over, and what it has seen
// is dropped. On many kernels their last key is followed by one that is made of other memory
// of the map (cgroup_storage_get_next_key); it does not exist either, but the second round
// ends at it again.
bool NextKeyReader::is_the_end() {
  if (!is_cgroup_storage(shape_.type) || !started_) return true;
  std::vector<std::byte> value(shape_.row_value_size());
  if (syscalls_.lookup(fd_, key_.data(), value.data(), 0) != -ENOENT) return true;
  if (key_ == ended_at_) return true;
  ended_at_ = key_;
  started_ = false;
  return false;
}

Result<bool> NextKeyReader::next_batch(RowBlock& block) {
  block.set_count(0);
  if (block.capacity() == 0) block.reserve(64);
  while (block.count() < block.capacity()) {
    int error = syscalls_.next_key(fd_, started_ ? key_.data() : nullptr, next_.data());
    if (error == -ENOENT) {
      if (is_the_end()) return false;
      continue;
    }
    if (error == -EINTR || error == -EAGAIN) continue;
    if (error != 0) return walk_error(map_name_, -error, "get next key");
    key_.swap(next_);
    started_ = true;
    if (may_repeat_ && !seen_.insert(key_.data())) {
      if (seen_.exhausted()) return walk_error(map_name_, 0, kWalkExhausted);
      continue;
    }
    const std::uint32_t row = block.count();
    std::byte* value = block.values() + std::size_t{row} * block.row_value_size();
    do {
      error = syscalls_.lookup(fd_, key_.data(), value, flags_);
    } while (error == -EINTR || error == -EAGAIN);
    if (error == -ENOENT) continue;  // it vanished between the two calls
    if (error != 0) return walk_error(map_name_, -error, "look up a key");
    std::memcpy(block.keys() + std::size_t{row} * block.key_size(), key_.data(), key_.size());
    block.set_count(row + 1);
  }
  return true;
}

}  // namespace bpfmap::kernel
