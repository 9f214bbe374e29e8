// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/mutex.h"
#include "collect/representation.h"
#include "collect/sample/text_maker.h"
#include "exposition/body.h"
#include "exposition/gzip.h"

namespace bpfmap::collect {

// The text of one walk, as it is or compressed, in pieces that are made while the walk goes on by
// the threads that ask for them: one that needs a piece that is not there makes it. Text is made by
// one thread at a time, and compressed by as many as there are. All threads share what is made, and
// no thread waits for a slow reader. Any number of threads.
class SampleText {
 public:
  SampleText(Encoding encoding, std::unique_ptr<TextMaker> maker)
      : encoding_(encoding), maker_(std::move(maker)) {}

  // The piece of that number, from 0; null behind the last. An error where the walk
  // failed, or the text cannot be completed although it began, for want of memory,
  // or see RenderingResources::whole_only.
  Result<std::shared_ptr<const exposition::Chunk>> piece(std::size_t number)
      BPFMAP_EXCLUDES(mutex_);

  // Makes a piece whether or not a page asks for it. False where there is nothing to make: what is
  // left is being made by others, or all is there.
  bool help() BPFMAP_EXCLUDES(mutex_);

  bool is_whole() const BPFMAP_EXCLUDES(mutex_);
  bool has_failed() const BPFMAP_EXCLUDES(mutex_);

  // What was made of it, when it is whole; `body` is what is compressed where it is.
  WholeText whole_text() const BPFMAP_EXCLUDES(mutex_);

  // Of the whole text.
  std::uint64_t decode_errors() const BPFMAP_EXCLUDES(mutex_);
  std::uint32_t crc32() const { return fragments_.crc32(); }
  std::uint64_t plain_bytes() const { return fragments_.plain_bytes(); }

 private:
  enum class State : std::uint8_t { kGrowing, kWhole, kFailed };

  void make_piece(std::unique_ptr<TextMaker> maker) BPFMAP_EXCLUDES(mutex_);
  void fail(Error error) BPFMAP_EXCLUDES(mutex_);
  Result<exposition::Deflated> encode(exposition::Body text) const;
  void publish(std::size_t piece, exposition::Deflated made) BPFMAP_EXCLUDES(mutex_);

  const Encoding encoding_;
  mutable Mutex mutex_;
  ConditionVariable changed_;
  State state_ BPFMAP_GUARDED_BY(mutex_) = State::kGrowing;
  std::optional<Error> error_ BPFMAP_GUARDED_BY(mutex_);
  // Null while a thread has it, which makes text then.
  std::unique_ptr<TextMaker> maker_ BPFMAP_GUARDED_BY(mutex_);
  std::uint64_t samples_ BPFMAP_GUARDED_BY(mutex_) = 0;
  std::uint64_t decode_errors_ BPFMAP_GUARDED_BY(mutex_) = 0;
  bool all_is_made_ BPFMAP_GUARDED_BY(mutex_) = false;   // but not encoded, maybe
  std::size_t made_ BPFMAP_GUARDED_BY(mutex_) = 0;       // texts
  std::size_t published_ BPFMAP_GUARDED_BY(mutex_) = 0;  // of them, in their order
  std::map<std::size_t, exposition::Deflated> waiting_ BPFMAP_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<const exposition::Chunk>> pieces_ BPFMAP_GUARDED_BY(mutex_);
  exposition::GzipMember fragments_;  // written under mutex_, read when all is published
};

}  // namespace bpfmap::collect
