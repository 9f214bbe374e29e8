// SPDX-License-Identifier: Apache-2.0
#include "collect/sample/map_sample.h"

#include <algorithm>
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

std::shared_ptr<SampleText> MapSample::text(Representation as, const Shared& without) const {
  const MutexLock lock(mutex_);
  if (without != nullptr && without != left_out_) {
    left_out_ = without;
    less_ = {};
  }
  Texts& texts = without == nullptr ? texts_ : less_;
  std::shared_ptr<SampleText>& text = texts[as.index()];
  if (text == nullptr || text->has_failed()) {
    const std::shared_ptr<SampleText>& plain = texts[Representation{as.format}.index()];
    const bool is_there =
        as.encoding != Encoding::kIdentity && plain != nullptr && plain->is_whole();
    text = std::make_shared<SampleText>(
        as.encoding,
        std::make_unique<TextMaker>(*rows_, renderer_.resources, as.format, without,
                                    is_there ? std::optional(plain->whole_text()) : std::nullopt));
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

Result<MapSample::Whole> MapSample::whole(Representation as, const Shared& without) const {
  for (int attempt = 1;; ++attempt) {
    Whole whole{text(as, without), {}};
    auto piece = whole.text->piece(0);
    for (std::size_t number = 1; piece && *piece != nullptr; ++number) {
      whole.body.append(*std::move(piece));
      piece = whole.text->piece(number);
    }
    if (piece) {
      count(*whole.text);
      return whole;
    }
    if (attempt == 2 || (is_over() && error_)) return unexpected(std::move(piece.error()));
  }
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
