// SPDX-License-Identifier: Apache-2.0
#include "collect/sample_text.h"

#include <cerrno>
#include <new>
#include <utility>

namespace bpfmap::collect {
namespace {

Error failure(int code, std::string why) {
  return {ErrorKind::kSystem, "render", "rows of a map", code, std::move(why), {}};
}

}  // namespace

SampleText::SampleText(Encoding encoding, const WalkRows& rows, RenderingResources& resources,
                       std::shared_ptr<SampleText> plain,
                       std::shared_ptr<const decode::SharedFamilies> without)
    : encoding_(encoding),
      rows_(rows),
      resources_(resources),
      without_(std::move(without)),
      plain_(std::move(plain)) {}

Result<std::shared_ptr<const exposition::Chunk>> SampleText::piece(std::size_t number) {
  while (true) {
    {
      const MutexLock lock(mutex_);
      while (number >= pieces_.size() && state_ == State::kGrowing && (making_ || all_is_made_)) {
        changed_.wait(mutex_);
      }
      if (number < pieces_.size()) return pieces_[number];
      if (state_ == State::kWhole) return nullptr;
      if (state_ == State::kFailed) return tl::unexpected(*error_);
      making_ = true;
    }
    make_piece();
  }
}

bool SampleText::help() {
  {
    const MutexLock lock(mutex_);
    while (state_ == State::kGrowing && making_) changed_.wait(mutex_);
    if (state_ != State::kGrowing || all_is_made_) return false;
    making_ = true;
  }
  make_piece();
  return true;
}

// While one thread compresses what it has made, the next may make more.
void SampleText::make_piece() {
  Result<Made> made = make();
  if (!made) {
    fail(std::move(made.error()));
    return;
  }
  std::size_t piece = 0;
  {
    const MutexLock lock(mutex_);
    making_ = false;
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
    fail(failure(ENOMEM, {}));
  }
}

void SampleText::fail(Error error) {
  {
    const MutexLock lock(mutex_);
    making_ = false;
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
    return tl::unexpected(failure(ENOMEM, {}));
  }
}

// Enough to be compressed well by itself.
Result<SampleText::Made> SampleText::make() {
  const std::size_t enough =
      encoding_ == Encoding::kGzip ? 2 * decode::FamilyRun::kChunkBytes : std::size_t{1};
  Made all;
  try {
    while (all.body.size() < enough && !all.is_last) {
      Result<Made> some = make_some();
      if (!some) return some;
      all.body.append(some->body);
      all.is_last = some->is_last;
    }
  } catch (const std::bad_alloc&) {
    return tl::unexpected(failure(ENOMEM, {}));
  }
  return all;
}

Result<SampleText::Made> SampleText::make_some() {
  if (plain_ != nullptr) return read_plain();
  if (!has_all_rows_) return add_rows();
  const bool is_last = !rendering_->run.write_more();
  exposition::Body text = rendering_->run.take();
  return is_last ? finish(std::move(text)) : Made{std::move(text)};
}

Result<SampleText::Made> SampleText::read_plain() {
  auto piece = plain_->piece(next_++);
  if (!piece) return tl::unexpected(std::move(piece.error()));
  Made made;
  made.body.append(*piece);
  if (*piece != nullptr) return made;
  samples_ = plain_->samples();
  decode_errors_ = plain_->decode_errors();
  plain_.reset();
  made.is_last = true;
  return made;
}

Result<SampleText::Made> SampleText::add_rows() {
  const kernel::RowBlock* rows = rows_.wait_for(next_);
  if (rows == nullptr && !rows_.is_whole()) {
    return tl::unexpected(failure(0, "the walk failed on its way"));
  }
  if (rows_.plan() == nullptr) return Made{{}, true};  // see MapSample::without_rows()
  if (rendering_ == nullptr) {
    rendering_ = std::make_unique<Rendering>(rows_, resources_.host_names,
                                             without_ == nullptr ? nullptr : &without_->names);
    in_parts_ = !resources_.whole_only;
  }
  if (rows != nullptr) {
    rendering_->run.add(*rows);
    ++next_;
    return in_parts_ ? Made{rendering_->run.take()} : Made{};
  }
  has_all_rows_ = true;
  if (rendering_->run.end_rows()) return Made{};
  resources_.whole_only = true;
  return tl::unexpected(
      failure(0,
              "two keys turned out to have the same labels when a part of the text was made "
              "already; from now on the whole map is read first"));
}

SampleText::Made SampleText::finish(exposition::Body last) {
  samples_ = rendering_->run.samples();
  decode_errors_ = rendering_->run.decode_errors();
  rendering_.reset();
  return {std::move(last), true};
}

bool SampleText::is_whole() const {
  const MutexLock lock(mutex_);
  return state_ == State::kWhole;
}

bool SampleText::has_failed() const {
  const MutexLock lock(mutex_);
  return state_ == State::kFailed;
}

}  // namespace bpfmap::collect
