// SPDX-License-Identifier: Apache-2.0
#include "collect/sample/sample_text.h"

#include <cerrno>
#include <new>
#include <utility>

#include "decode/sample_plan.h"

namespace bpfmap::collect {

Result<std::shared_ptr<const exposition::Chunk>> SampleText::piece(std::size_t number) {
  while (true) {
    std::unique_ptr<TextMaker> maker;
    {
      const MutexLock lock(mutex_);
      while (number >= pieces_.size() && state_ == State::kGrowing &&
             (maker_ == nullptr || all_is_made_)) {
        changed_.wait(mutex_);
      }
      if (number < pieces_.size()) return pieces_[number];
      if (state_ == State::kWhole) return nullptr;
      if (state_ == State::kFailed) return unexpected(*error_);
      maker = std::move(maker_);
    }
    make_piece(std::move(maker));
  }
}

bool SampleText::help() {
  std::unique_ptr<TextMaker> maker;
  {
    const MutexLock lock(mutex_);
    while (state_ == State::kGrowing && maker_ == nullptr) changed_.wait(mutex_);
    if (state_ != State::kGrowing || all_is_made_) return false;
    maker = std::move(maker_);
  }
  make_piece(std::move(maker));
  return true;
}

// While one thread compresses what it has made, the next may make more.
void SampleText::make_piece(std::unique_ptr<TextMaker> maker) {
  // Enough to be compressed well by itself.
  const std::size_t enough =
      encoding_ == Encoding::kGzip ? 2 * decode::SamplePlan::Run::kChunkBytes : std::size_t{1};
  Result<TextMaker::Made> made = maker->make(enough);
  if (!made) return fail(std::move(made.error()));
  std::size_t piece = 0;
  {
    const MutexLock lock(mutex_);
    samples_ = maker->samples();
    decode_errors_ = maker->decode_errors();
    maker_ = std::move(maker);
    all_is_made_ = made->is_last;
    piece = made_++;
  }
  changed_.notify_all();
  try {
    Result<exposition::Deflated> encoded = encode(std::move(made->body));
    if (encoded) {
      publish(piece, *std::move(encoded));
    } else {
      fail(std::move(encoded.error()));
    }
  } catch (const std::bad_alloc&) {
    // Of publish(): threads that wait for the piece must not do so for ever.
    fail(text_error(ENOMEM, {}));
  }
}

void SampleText::fail(Error error) {
  {
    const MutexLock lock(mutex_);
    if (!error_) error_ = std::move(error);
    state_ = State::kFailed;
  }
  changed_.notify_all();
}

void SampleText::publish(std::size_t piece, exposition::Deflated made) {
  {
    const MutexLock lock(mutex_);
    waiting_.emplace(piece, std::move(made));
    for (auto next = waiting_.begin(); next != waiting_.end() && next->first == published_;
         next = waiting_.erase(next)) {
      const exposition::Deflated& fragment = next->second;
      const auto& chunks = fragment.body.chunks();
      pieces_.insert(pieces_.end(), chunks.begin(), chunks.end());
      fragments_.add(fragment.crc32, fragment.plain_bytes);
      ++published_;
    }
    if (all_is_made_ && published_ == made_ && state_ == State::kGrowing) state_ = State::kWhole;
  }
  changed_.notify_all();
}

Result<exposition::Deflated> SampleText::encode(exposition::Body text) const {
  if (encoding_ == Encoding::kIdentity) return exposition::Deflated{std::move(text), 0, 0};
  try {
    return exposition::deflate_fragment(text);
  } catch (const std::bad_alloc&) {
    return unexpected(text_error(ENOMEM, {}));
  }
}

bool SampleText::is_whole() const {
  const MutexLock lock(mutex_);
  return state_ == State::kWhole;
}

bool SampleText::has_failed() const {
  const MutexLock lock(mutex_);
  return state_ == State::kFailed;
}

WholeText SampleText::whole_text() const {
  const MutexLock lock(mutex_);
  WholeText text{{}, samples_, decode_errors_};
  for (const auto& piece : pieces_) text.body.append(piece);
  return text;
}

std::uint64_t SampleText::decode_errors() const {
  const MutexLock lock(mutex_);
  return decode_errors_;
}

}  // namespace bpfmap::collect
