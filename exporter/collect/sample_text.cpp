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
                       std::shared_ptr<SampleText> plain)
    : encoding_(encoding), rows_(rows), resources_(resources), plain_(std::move(plain)) {}

Result<std::shared_ptr<const exposition::Chunk>> SampleText::piece(std::size_t number) {
  while (true) {
    {
      const MutexLock lock(mutex_);
      while (number >= pieces_.size() && state_ == State::kGrowing && making_) {
        changed_.wait(mutex_);
      }
      if (number < pieces_.size()) return pieces_[number];
      if (state_ == State::kWhole) return nullptr;
      if (state_ == State::kFailed) return tl::unexpected(*error_);
      making_ = true;
    }
    make_more();
  }
}

void SampleText::make_more() {
  Result<Made> made = make();
  {
    const MutexLock lock(mutex_);
    making_ = false;
    if (made) {
      const auto& chunks = made->body.chunks();
      pieces_.insert(pieces_.end(), chunks.begin(), chunks.end());
      state_ = made->state;
    } else {
      error_ = std::move(made.error());
      state_ = State::kFailed;
    }
  }
  changed_.notify_all();
}

Result<SampleText::Made> SampleText::make() {
  try {
    return plain_ != nullptr ? compress_plain() : render();
  } catch (const std::bad_alloc&) {
    return tl::unexpected(failure(ENOMEM, {}));
  }
}

Result<SampleText::Made> SampleText::compress_plain() {
  auto piece = plain_->piece(next_++);
  if (!piece) return tl::unexpected(std::move(piece.error()));
  if (*piece != nullptr) {
    deflate_.add(**piece);
    return Made{deflate_.take()};
  }
  samples_ = plain_->samples();
  decode_errors_ = plain_->decode_errors();
  plain_.reset();
  deflate_.end();
  return Made{deflate_.take(), State::kWhole};
}

Result<SampleText::Made> SampleText::render() {
  if (!has_all_rows_) return add_rows();
  const bool is_all = !rendering_->run.write_more();
  Made made{encoded(rendering_->run.take()), is_all ? State::kWhole : State::kGrowing};
  if (is_all) made.body.append(finish());
  return made;
}

Result<SampleText::Made> SampleText::add_rows() {
  const kernel::RowBlock* rows = rows_.wait_for(next_);
  if (rows == nullptr && !rows_.is_whole()) {
    return tl::unexpected(failure(0, "the walk failed on its way"));
  }
  if (rows_.plan() == nullptr) return Made{{}, State::kWhole};  // see MapSample::without_rows()
  if (rendering_ == nullptr) {
    rendering_ = std::make_unique<Rendering>(rows_, resources_.host_names);
    in_parts_ = !resources_.whole_only;
  }
  if (rows != nullptr) {
    rendering_->run.add(*rows);
    ++next_;
    return in_parts_ ? Made{encoded(rendering_->run.take())} : Made{};
  }
  has_all_rows_ = true;
  if (rendering_->run.end_rows()) return Made{};
  resources_.whole_only = true;
  return tl::unexpected(
      failure(0,
              "two keys turned out to have the same labels when a part of the text was made "
              "already; from now on the whole map is read first"));
}

exposition::Body SampleText::encoded(exposition::Body text) {
  if (encoding_ == Encoding::kIdentity) return text;
  deflate_.add(text);
  return deflate_.take();
}

exposition::Body SampleText::finish() {
  samples_ = rendering_->run.samples();
  decode_errors_ = rendering_->run.decode_errors();
  rendering_.reset();
  if (encoding_ == Encoding::kIdentity) return {};
  deflate_.end();
  return deflate_.take();
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
