// SPDX-License-Identifier: Apache-2.0
#include "collect/page.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <new>
#include <utility>

#include "collect/collector.h"

namespace bpfmap::collect {

Page::Page(Collector& collector, const Scrape& scrape)
    : collector_(collector), as_(scrape.as), deadline_(scrape.deadline) {
  const auto& samplers = collector_.samplers();
  for (std::size_t map = 0; map < samplers.size(); ++map) {
    if (scrape.wants && !scrape.wants(samplers[map]->source().config)) continue;
    turns_.push_back({map, nullptr});
  }
  if (is_compressed()) ready_.append(exposition::GzipMember::header());
}

Result<void> Page::make_whole() {
  Result<bool> begun = begin_map();
  for (; begun && *begun; begun = begin_map()) {
    if (auto gathered = gather_map(); !gathered) return gathered;
  }
  if (!begun) return unexpected(std::move(begun.error()));
  return make_rest();
}

Result<bool> Page::make_whole_soon() {
  Result<bool> begun = begin_map();
  for (; begun && *begun; begun = begin_map()) {
    if (!sample_->is_over() && sample_->may_be_given_in_parts()) return false;
    if (auto gathered = gather_map(); !gathered) return unexpected(std::move(gathered.error()));
  }
  if (!begun) return begun;
  if (auto made = make_rest(); !made) return unexpected(std::move(made.error()));
  return true;
}

// False when there are no more maps.
Result<bool> Page::begin_map() {
  if (sample_ != nullptr) return true;
  if (auto begun = begin_all(); !begun) return unexpected(std::move(begun.error()));
  for (; turn_ < turns_.size(); ++turn_) {
    Turn& turn = turns_[turn_];
    if (auto sampled = sample(turn); !sampled) return unexpected(std::move(sampled.error()));
    if (is_in_time(*turn.sample)) {
      sample_ = std::move(turn.sample);
      begin_text();
      return true;
    }
    leave_out(turn);
  }
  return false;
}

// Those that are there come first, and those last that may turn out to take too long. The thread
// that walks a map makes its text as well when it is done, as the text is begun here.
Result<void> Page::begin_all() {
  if (!deadline_ || std::exchange(all_have_begun_, true)) return {};
  for (Turn& turn : turns_) {
    if (auto sampled = sample(turn); !sampled) return sampled;
    if (!turn.sample->is_over()) turn.sample->text(as_, collector_.shared_families());
  }
  const auto first_is = [this](const auto& condition) {
    std::stable_partition(turns_.begin(), turns_.end(),
                          [&](const Turn& turn) { return condition(*turn.sample); });
  };
  first_is([this](const MapSample& sample) { return may_begin(sample); });
  first_is([](const MapSample& sample) { return sample.is_over(); });
  return {};
}

// An error where a map has nothing to show because walks are cancelled: a page without it
// would look whole.
Result<void> Page::sample(Turn& turn) {
  if (turn.sample == nullptr) turn.sample = collector_.fresh_or_growing(turn.map, deadline_);
  if (turn.sample != nullptr) return {};
  const std::string& name = collector_.samplers()[turn.map]->source().map;
  return unexpected(Error{.kind = ErrorKind::kSystem,
                          .operation = "read map",
                          .subject = "'" + name + "'",
                          .code = ECANCELED,
                          .detail = "walks are at an end"});
}

// Whether its text may be given out while it grows.
bool Page::may_begin(const MapSample& sample) const {
  if (!deadline_) return sample.may_be_given_in_parts();
  return sample.may_be_given_in_parts(*deadline_ - std::chrono::steady_clock::now());
}

// Waits for what may not begin before it is over.
bool Page::is_in_time(const MapSample& sample) const {
  return !deadline_ || may_begin(sample) || sample.wait_for_end(*deadline_);
}

void Page::leave_out(const Turn& turn) {
  collector_.samplers()[turn.map]->note_timeout(true);
  left_out_.push_back(turn.map);
}

void Page::begin_text() {
  text_ = sample_->text(as_, collector_.shared_families());
  piece_ = 0;
}

Result<void> Page::gather_map() {
  auto whole = sample_->whole(as_, collector_.shared_families());
  if (whole) {
    text_ = std::move(whole->text);
    ready_.append(whole->body);
  } else if (!sample_->is_over() || !sample_->error()) {
    return unexpected(std::move(whole.error()));
  }
  end_map();
  return {};
}

Result<std::shared_ptr<const exposition::Chunk>> Page::next_of_map() {
  auto piece = text_->piece(piece_);
  if (piece && *piece != nullptr) ++piece_;
  return piece;
}

void Page::end_map() {
  if (!sample_->error()) {
    sample_->count(*text_);
    if (is_compressed()) member_.add(text_->crc32(), text_->plain_bytes());
    const auto& shared = collector_.shared_families();
    if (shared != nullptr && sample_->has_any_of(*shared)) sharing_.push_back(sample_);
  }
  if (deadline_) collector_.samplers()[turns_[turn_].map]->note_timeout(false);
  sample_.reset();
  text_.reset();
  ++turn_;
}

// What comes behind the maps' own text.
Result<void> Page::make_rest() {
  try {
    make_shared();
    make_own();
  } catch (const std::bad_alloc&) {
    return unexpected(
        Error{.kind = ErrorKind::kSystem, .operation = "make", .subject = "page", .code = ENOMEM});
  }
  return {};
}

void Page::make_shared() {
  if (sharing_.empty()) return;
  const std::shared_ptr<SharedText> text = collector_.shared_text(sharing_);
  if (!is_compressed()) {
    ready_.append(text->plain(sharing_, as_.format));
  } else {
    const exposition::Deflated fragment = text->deflated(sharing_, as_.format);
    member_.add(fragment.crc32, fragment.plain_bytes);
    ready_.append(fragment.body);
  }
  sharing_.clear();
}

void Page::make_own() {
  own_is_made_ = true;
  const exposition::Body own = collector_.own_metrics(as_.format, left_out_);
  if (!is_compressed()) {
    ready_.append(own);
    return;
  }
  const exposition::Deflated fragment = exposition::deflate_fragment(own);
  member_.add(fragment.crc32, fragment.plain_bytes);
  ready_.append(fragment.body);
  ready_.append(member_.trailer());
}

Result<std::shared_ptr<const exposition::Chunk>> Page::next() {
  while (true) {
    if (given_ < ready_.chunks().size()) return ready_.chunks()[given_++];
    ready_ = {};
    given_ = 0;
    const Result<bool> begun = begin_map();
    if (!begun) return unexpected(begun.error());
    if (!*begun) {
      if (own_is_made_) return nullptr;
      if (auto made = make_rest(); !made) return unexpected(std::move(made.error()));
      continue;
    }
    if (piece_ == 0 && !sample_->may_be_given_in_parts()) {
      if (auto gathered = gather_map(); !gathered) {
        return unexpected(std::move(gathered.error()));
      }
      continue;
    }
    auto piece = next_of_map();
    if (piece && *piece != nullptr) return piece;
    const bool is_left_out = piece_ == 0 && sample_->is_over() && sample_->error();
    if (!piece && !is_left_out) return piece;
    end_map();
  }
}

exposition::Body whole_page(Collector& collector, Representation as) {
  collector.count_scrape(as);
  Page page(collector, {.as = as});
  if (!page.make_whole()) throw std::bad_alloc();
  return page.whole();
}

}  // namespace bpfmap::collect
