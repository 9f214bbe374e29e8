// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/iter_reader.h"

#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/iter/iter_program.h"
#include "kernel/map_types.h"
#include "kernel/readers/walk_error.h"

namespace bpfmap::kernel {
namespace {

constexpr std::uint32_t kWord = 8;
constexpr std::uint32_t kMostWords = 64;
// The verifier follows every addition: this many stay below its limit of a million instructions.
constexpr std::uint64_t kMostAdditions = 65536;

bool is_made_of_words(const Type& type) {
  switch (type.kind) {
    case TypeKind::kUnsigned:
    case TypeKind::kSigned: return type.size == kWord && !type.big_endian;
    case TypeKind::kArray: return type.element != nullptr && is_made_of_words(*type.element);
    case TypeKind::kStruct:
      return std::all_of(type.members.begin(), type.members.end(), [](const Member& member) {
        return member.bit_size == 0 && is_made_of_words(*member.type);
      });
    default: return false;
  }
}

MapShape shape_of_rows(MapShape shape) {
  shape.per_cpu = false;
  shape.cpus = 1;
  return shape;
}

std::size_t record_size(const MapShape& shape) {
  return std::size_t{shape.key_size} + shape.value_size;
}

}  // namespace

std::string why_no_iter(const MapShape& shape) {
  switch (shape.type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_ARRAY:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_ARRAY: break;
    default: return "the kernel has no iterator for " + with_article(map_type_name(shape.type));
  }
  return shape.has_spin_lock ? "the iterator does not take the bpf_spin_lock of the values" : "";
}

std::string why_not_added_up(const MapShape& shape, const Type* value) {
  if (value == nullptr) return "the values of the map have no BTF";
  if (!is_made_of_words(*value) || shape.value_size % kWord != 0) {
    return "only values that consist of 8-byte integers are added up in the kernel";
  }
  if (shape.value_size / kWord > kMostWords ||
      std::uint64_t{shape.value_size} / kWord * shape.cpus > kMostAdditions) {
    return "the values are too large, or the CPUs too many, to be added up in the kernel";
  }
  return {};
}

Result<std::unique_ptr<IterReader>> IterReader::open(const std::string& map_name, int fd,
                                                     const MapShape& shape, MapSyscalls& syscalls) {
  IterProgram::Request request;
  request.object = "iter_map_elem";
  request.map = map_name;
  request.since = "5.9";
  request.constants = {
      {"key_size", shape.key_size}, {"value_size", shape.value_size}, {"copies", shape.cpus}};
  request.target.map.map_fd = static_cast<std::uint32_t>(fd);
  request.has_target = true;
  auto opened = IterProgram::open(request);
  if (!opened) return unexpected(opened.error());
  // std::function wants what it holds to be copyable.
  auto program = std::make_shared<IterProgram>(*std::move(opened));
  return std::make_unique<IterReader>(map_name, fd, shape, syscalls,
                                      [program] { return program->start(); });
}

IterReader::IterReader(std::string map_name, int fd, const MapShape& shape, MapSyscalls& syscalls,
                       Start start)
    : map_name_(std::move(map_name)),
      fd_(fd),
      map_shape_(shape),
      row_shape_(shape_of_rows(shape)),
      syscalls_(syscalls),
      start_(std::move(start)),
      stream_(map_name_, record_size(row_shape_)),
      looked_up_(shape.row_value_size()) {
  if (!is_array(shape.type)) ledger_.emplace(shape.key_size, shape.max_entries);
  rewind();
}

void IterReader::rewind() {
  stream_.close();
  shown_all_ = false;
  if (ledger_) ledger_->begin_walk();
}

Result<bool> IterReader::next_batch(RowBlock& block) {
  block.set_count(0);
  if (block.capacity() == 0) block.reserve(64);
  if (!stream_.is_open() && !shown_all_) {
    auto source = start_();
    if (!source) return unexpected(source.error());
    stream_.open(*std::move(source));
  }
  while (!shown_all_) {
    if (block.count() == block.capacity()) return true;
    Result<bool> more = add_record(block);
    if (!more) return more;
    shown_all_ = !*more;
  }
  stream_.close();
  return add_missing(block);
}

void IterReader::learn(const RowBlock& rows, bool begins) {
  if (!ledger_) return;
  if (begins) ledger_.emplace(map_shape_.key_size, map_shape_.max_entries);
  if (begins) ledger_->begin_walk();
  for (std::uint32_t row = 0; row < rows.count(); ++row) ledger_->note(rows.key(row));
}

// False behind the last record.
Result<bool> IterReader::add_record(RowBlock& block) {
  const Result<const std::byte*> record = stream_.next();
  if (!record) return unexpected(record.error());
  if (*record == nullptr) return false;
  if (ledger_ && !ledger_->note(*record)) {
    if (ledger_->exhausted()) return walk_error(map_name_, 0, "given up: it runs in circles");
    return true;
  }
  const std::size_t row = block.count();
  std::memcpy(block.keys() + row * block.key_size(), *record, block.key_size());
  std::memcpy(block.values() + row * block.row_value_size(), *record + block.key_size(),
              block.row_value_size());
  block.set_count(block.count() + 1);
  return true;
}

// Rows that the kernel did not show although they are there; the last of a walk.
Result<bool> IterReader::add_missing(RowBlock& block) {
  if (!ledger_) return false;
  while (block.count() < block.capacity()) {
    const std::byte* key = ledger_->next_missing();
    if (key == nullptr) return false;
    int error = 0;
    do {
      error = syscalls_.lookup(fd_, key, looked_up_.data(), 0);
    } while (error == -EINTR || error == -EAGAIN);
    if (error == -ENOENT) {
      ledger_->forget();
      continue;
    }
    if (error != 0) return walk_error(map_name_, -error, "look up a key");
    const std::size_t row = block.count();
    std::memcpy(block.keys() + row * block.key_size(), key, block.key_size());
    add_up(block.values() + row * block.row_value_size());
    block.set_count(block.count() + 1);
  }
  return true;
}

// What the program in the kernel does: one value for those of all CPUs.
void IterReader::add_up(std::byte* value) const {
  std::memcpy(value, looked_up_.data(), map_shape_.value_size);
  if (map_shape_.cpus == 1) return;
  for (std::uint32_t at = 0; at < map_shape_.value_size; at += kWord) {
    std::uint64_t sum = 0;
    for (std::uint32_t cpu = 0; cpu < map_shape_.cpus; ++cpu) {
      std::uint64_t word = 0;
      std::memcpy(&word, looked_up_.data() + std::size_t{cpu} * map_shape_.cpu_stride() + at,
                  sizeof(word));
      sum += word;
    }
    std::memcpy(value + at, &sum, sizeof(sum));
  }
}

}  // namespace bpfmap::kernel
