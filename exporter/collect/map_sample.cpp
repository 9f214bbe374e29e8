// SPDX-License-Identifier: Apache-2.0
#include "collect/map_sample.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

namespace bpfmap::collect {

MapSample::MapSample(TimePoint started, bool in_parts, SampleRenderer& renderer,
                     std::optional<Duration> expected)
    : started_(started),
      in_parts_(in_parts),
      renderer_(renderer),
      expected_(expected),
      rows_(std::make_unique<WalkRows>()) {}

void MapSample::set_result(WalkResult result) { result_ = std::move(result); }

void MapSample::set_failure(Duration duration, Error error) {
  result_.duration = duration;
  error_ = std::move(error);
}

std::uint64_t MapSample::entries() const {
  return result_.kept ? result_.kept->entries : result_.rows;
}

std::shared_ptr<SampleText> MapSample::text(Encoding encoding, const Shared& without) const {
  const MutexLock lock(mutex_);
  if (without != nullptr && without != left_out_) {
    left_out_ = without;
    less_ = {};
  }
  Texts& texts = without == nullptr ? texts_ : less_;
  std::shared_ptr<SampleText>& text = texts[static_cast<std::size_t>(encoding)];
  if (text == nullptr || text->has_failed()) {
    const std::shared_ptr<SampleText>& plain = texts[static_cast<std::size_t>(Encoding::kIdentity)];
    const bool is_there = encoding != Encoding::kIdentity && plain != nullptr && plain->is_whole();
    text = std::make_shared<SampleText>(encoding, *rows_, renderer_.resources,
                                        is_there ? plain : nullptr, without);
  }
  return text;
}

void MapSample::help(const std::atomic<bool>& cancelled) const {
  std::vector<std::shared_ptr<SampleText>> texts;
  {
    const MutexLock lock(mutex_);
    texts.assign(texts_.begin(), texts_.end());
    texts.insert(texts.end(), less_.begin(), less_.end());
  }
  for (const std::shared_ptr<SampleText>& text : texts) {
    while (text != nullptr && !cancelled && text->help()) {
    }
  }
}

decode::SharedRows MapSample::shared_rows() const {
  decode::SharedRows rows;
  rows.clocks = rows_->clocks();
  rows.plan = rows_->plan();
  for (std::size_t number = 0;; ++number) {
    const kernel::RowBlock* block = rows_->wait_for(number);
    if (block == nullptr) return rows;
    rows.rows.push_back(block);
  }
}

bool MapSample::has_any_of(const decode::SharedFamilies& families) const {
  const auto plan = rows_->plan();
  return plan != nullptr &&
         std::any_of(families.families.begin(), families.families.end(),
                     [&](const auto& family) { return plan->find(family.name) != nullptr; });
}

void MapSample::count_shared(std::uint64_t decode_errors) const {
  if (!shared_was_counted_.exchange(true)) renderer_.observer.on_rendering(decode_errors);
}

void MapSample::count(const SampleText& text) const {
  if (!was_counted_.exchange(true)) renderer_.observer.on_rendering(text.decode_errors());
}

// A text that fails because it was made in parts is made once more, whole.
exposition::Body MapSample::whole(Encoding encoding, std::shared_ptr<SampleText>& text) const {
  for (int attempt = 0; attempt < 2; ++attempt) {
    text = this->text(encoding);
    exposition::Body body;
    for (std::size_t number = 0;; ++number) {
      auto piece = text->piece(number);
      if (!piece) break;
      if (*piece != nullptr) {
        body.append(*std::move(piece));
        continue;
      }
      count(*text);
      return body;
    }
    if (error_) return {};
  }
  throw std::bad_alloc();
}

exposition::Body MapSample::plain_text() const {
  std::shared_ptr<SampleText> text;
  return whole(Encoding::kIdentity, text);
}

exposition::Deflated MapSample::deflated_text() const {
  std::shared_ptr<SampleText> text;
  exposition::Body body = whole(Encoding::kGzip, text);
  if (error_) return {};
  return {std::move(body), text->crc32(), text->plain_bytes()};
}

std::shared_ptr<const MapSample> MapSample::without_rows() const {
  auto bare = std::make_shared<MapSample>(started_, in_parts_, renderer_);
  bare->result_ = result_;
  bare->error_ = error_;
  bare->has_rows_ = false;
  bare->end();
  return bare;
}

}  // namespace bpfmap::collect
