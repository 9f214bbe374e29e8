// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/record_stream.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/readers/walk_error.h"

namespace bpfmap::kernel {
namespace {

// The kernel says EAGAIN when it has passed a million objects and shown none; a signal may
// interrupt. More often than this is a fault.
constexpr int kMostInterruptedReads = 1000;

// The kernel collects what an iterator writes in a buffer of eight pages (bpf_seq_read), and
// stops early where a read asks for less.
std::size_t buffer_bytes(std::size_t record_size) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return std::max<std::size_t>(page * 8, std::size_t{64} * 1024) + record_size;
}

}  // namespace

RecordStream::RecordStream(std::string map_name, std::size_t record_size)
    : map_name_(std::move(map_name)),
      record_size_(record_size),
      buffer_(buffer_bytes(record_size)) {}

void RecordStream::open(UniqueFd source) {
  source_ = std::move(source);
  from_ = to_ = 0;
}

void RecordStream::close() { open(UniqueFd()); }

// False at the end of the source.
Result<bool> RecordStream::fill() {
  std::memmove(buffer_.data(), buffer_.data() + from_, to_ - from_);
  to_ -= from_;
  from_ = 0;
  for (int tries = 0;; ++tries) {
    const ssize_t length = ::read(source_.get(), buffer_.data() + to_, buffer_.size() - to_);
    if (length >= 0) {
      to_ += static_cast<std::size_t>(length);
      return length > 0;
    }
    const bool interrupted = errno == EINTR || errno == EAGAIN;
    if (interrupted && tries < kMostInterruptedReads) continue;
    if (errno == E2BIG) {
      return walk_error(map_name_, errno, "an entry is larger than the buffer of an iterator");
    }
    return walk_error(map_name_, errno, "read its iterator");
  }
}

Result<const std::byte*> RecordStream::next() {
  while (to_ - from_ < record_size_) {
    const Result<bool> more = fill();
    if (!more) return unexpected(more.error());
    if (*more) continue;
    if (to_ == from_) return nullptr;
    return walk_error(map_name_, 0, "its iterator ended in the middle of an entry");
  }
  const std::byte* record = buffer_.data() + from_;
  from_ += record_size_;
  return record;
}

}  // namespace bpfmap::kernel
