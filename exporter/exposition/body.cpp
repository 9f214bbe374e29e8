// SPDX-License-Identifier: Apache-2.0
#include "exposition/body.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace bpfmap::exposition {
namespace {

constexpr std::size_t kFirstChunkBytes = 4096;

std::unique_ptr<char[]> copy_of(const char* bytes, std::size_t size) {
  auto copy = std::make_unique_for_overwrite<char[]>(size);
  std::memcpy(copy.get(), bytes, size);
  return copy;
}

}  // namespace

void Body::append(const Body& other) {
  // By index, because `other` may be this body itself.
  const std::size_t count = other.chunks_.size();
  const std::size_t bytes = other.size_;
  for (std::size_t i = 0; i < count; ++i) chunks_.push_back(other.chunks_[i]);
  size_ += bytes;
}

void Body::append(std::shared_ptr<const Chunk> chunk) {
  if (chunk == nullptr || chunk->size == 0) return;
  size_ += chunk->size;
  chunks_.push_back(std::move(chunk));
}

std::shared_ptr<const Chunk> Body::truncate(std::size_t size) {
  std::shared_ptr<const Chunk> cut;
  while (size_ > size) {
    cut = std::move(chunks_.back());
    chunks_.pop_back();
    size_ -= cut->size;
  }
  return size_ == size ? nullptr : cut;
}

std::string Body::to_string() const {
  std::string text;
  text.reserve(size_);
  for (const auto& chunk : chunks_) text.append(chunk->bytes.get(), chunk->size);
  return text;
}

BodyWriter::BodyWriter(std::size_t chunk_bytes)
    : chunk_bytes_(std::max<std::size_t>(1, chunk_bytes)) {}

BodyWriter::BodyWriter(BodyWriter&& other) noexcept
    : chunk_bytes_(other.chunk_bytes_),
      open_(std::move(other.open_)),
      cursor_(std::exchange(other.cursor_, nullptr)),
      limit_(std::exchange(other.limit_, nullptr)),
      done_(std::exchange(other.done_, Body{})),
      taken_(std::exchange(other.taken_, 0)) {}

BodyWriter& BodyWriter::operator=(BodyWriter&& other) noexcept {
  if (this == &other) return *this;
  chunk_bytes_ = other.chunk_bytes_;
  open_ = std::move(other.open_);
  cursor_ = std::exchange(other.cursor_, nullptr);
  limit_ = std::exchange(other.limit_, nullptr);
  done_ = std::exchange(other.done_, Body{});
  taken_ = std::exchange(other.taken_, 0);
  return *this;
}

void BodyWriter::append(std::string_view text) {
  while (!text.empty()) {
    if (cursor_ == limit_) next_chunk(1);
    const std::size_t part = std::min(text.size(), static_cast<std::size_t>(limit_ - cursor_));
    std::memcpy(cursor_, text.data(), part);
    cursor_ += part;
    text.remove_prefix(part);
  }
}

std::size_t BodyWriter::size() const {
  return taken_ + done_.size() + static_cast<std::size_t>(cursor_ - open_.get());
}

void BodyWriter::rewind(Mark mark) {
  const std::size_t size = mark.size - taken_;
  if (size >= done_.size()) {  // within the open chunk
    cursor_ = open_.get() + (size - done_.size());
    return;
  }
  const std::shared_ptr<const Chunk> cut = done_.truncate(size);
  const std::size_t kept = size - done_.size();
  cursor_ = open_.get();
  if (kept > 0) append({cut->bytes.get(), kept});
}

Body BodyWriter::take() {
  taken_ += done_.size();
  return std::exchange(done_, Body{});
}

Body BodyWriter::finish() {
  close_chunk();
  taken_ = 0;
  return std::exchange(done_, Body{});
}

void BodyWriter::next_chunk(std::size_t at_least) {
  close_chunk();
  const std::size_t grown =
      std::min(chunk_bytes_, std::max(kFirstChunkBytes, taken_ + done_.size()));
  const std::size_t bytes = std::max(grown, at_least);
  open_ = std::make_unique_for_overwrite<char[]>(bytes);
  cursor_ = open_.get();
  limit_ = cursor_ + bytes;
}

void BodyWriter::close_chunk() {
  const auto used = static_cast<std::size_t>(cursor_ - open_.get());
  const auto room = static_cast<std::size_t>(limit_ - open_.get());
  if (used > 0) {
    auto chunk = std::make_shared<Chunk>();
    chunk->bytes = used < room - room / 4 ? copy_of(open_.get(), used) : std::move(open_);
    chunk->size = used;
    done_.append(std::move(chunk));
  }
  open_.reset();
  cursor_ = nullptr;
  limit_ = nullptr;
}

}  // namespace bpfmap::exposition
