// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bpfmap::exposition {

// A piece of rendered bytes. Immutable once it is part of a Body, hence shared
// freely between threads.
struct Chunk {
  std::unique_ptr<char[]> bytes;
  std::size_t size = 0;
};

// A chain of immutable chunks: what a scrape sends. Copying shares the chunks, so that many
// scrapes and many pages hold one rendering; a page is the concatenation of the bodies of its
// maps. No chunk in it is empty. A value: reading one Body from many threads is safe, changing it
// is for one thread alone.
class Body {
 public:
  void append(const Body& other);
  // Ignores null and empty chunks.
  void append(std::shared_ptr<const Chunk> chunk);

  std::size_t size() const { return size_; }
  const std::vector<std::shared_ptr<const Chunk>>& chunks() const { return chunks_; }

  // Drops chunks from the end until at most `size` bytes are left. Returns the chunk in which
  // byte `size` lies, dropped as well, so that the caller can keep a part of it; null where a
  // chunk ends there.
  std::shared_ptr<const Chunk> truncate(std::size_t size);

  // Copies everything into one string: for small pages and tests.
  std::string to_string() const;

 private:
  std::vector<std::shared_ptr<const Chunk>> chunks_;
  std::size_t size_ = 0;
};

// Grows a Body chunk by chunk, each as large as all before it and at most `chunk_bytes`: a peak
// needs no more than what is rendered plus one chunk. Growth copies nothing that is written
// already, except that a chunk which is closed with more than a quarter of it unused is copied
// into one that fits, so that a small body holds little memory. Not thread-safe; one writer
// renders one body.
class BodyWriter {
 public:
  static constexpr std::size_t kDefaultChunkBytes = 1 << 20;
  explicit BodyWriter(std::size_t chunk_bytes = kDefaultChunkBytes);
  BodyWriter(BodyWriter&& other) noexcept;
  BodyWriter& operator=(BodyWriter&& other) noexcept;
  ~BodyWriter() = default;

  // At least `bytes` contiguous writable bytes; the pointer is valid until the next call of any
  // member. What was written counts only after commit(end), where `end` lies in the reserved range.
  char* reserve(std::size_t bytes) {
    if (static_cast<std::size_t>(limit_ - cursor_) < bytes) next_chunk(bytes);
    return cursor_;
  }
  void commit(char* end) { cursor_ = end; }

  // May split `text` between chunks.
  void append(std::string_view text);
  // All that was committed so far, with what was taken.
  std::size_t size() const;

  // A place to come back to: rewind() drops everything that was committed since mark(). Valid
  // until finish(), or until take() has given something away that lies behind it. Copies at
  // most one chunk.
  struct Mark {
    std::size_t size = 0;
  };
  Mark mark() const { return {size()}; }
  void rewind(Mark mark);

  // The chunks that are full, for a caller that does not wait for the rest. finish() returns what
  // comes behind them.
  Body take();

  // The body of all that was committed and not taken; the writer is empty afterwards and can
  // be used again.
  Body finish();

 private:
  void next_chunk(std::size_t at_least);
  void close_chunk();

  std::size_t chunk_bytes_;
  std::unique_ptr<char[]> open_;
  char* cursor_ = nullptr;
  char* limit_ = nullptr;
  Body done_;
  std::size_t taken_ = 0;  // bytes before done_
};

}  // namespace bpfmap::exposition
