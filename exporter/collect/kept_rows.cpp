// SPDX-License-Identifier: Apache-2.0
#include "collect/kept_rows.h"

#include <algorithm>
#include <utility>

namespace bpfmap::collect {
namespace {

constexpr std::uint32_t kRowsPerBlock = 4096;

}  // namespace

KeptRows::KeptRows(decode::KeepingPlan plan, const Clock& clock)
    : plan_(std::move(plan)), clock_(clock) {
  if (plan_.mode != config::MapMode::kRead) totals_.emplace(plan_);
  if (plan_.limits.any()) limiter_.emplace(plan_);
}

bool KeptRows::update_plan(decode::KeepingPlan&& plan) {
  const bool same_rows = plan.mode == plan_.mode && plan.words() == plan_.words() &&
                         plan.shape.key_size == plan_.shape.key_size &&
                         plan.shape.row_value_size() == plan_.shape.row_value_size() &&
                         plan.limits.any() == plan_.limits.any();
  if (same_rows) plan_ = std::move(plan);
  return same_rows;
}

void KeptRows::read_from(kernel::MapReader& reader, DeleteKey delete_key) {
  reader_ = &reader;
  delete_key_ = std::move(delete_key);
}

void KeptRows::rewind() {
  walked_ = false;
  blocks_.clear();
}

// What a draining reader returns is gone from the map: it is added to the totals before anything
// can fail.
Result<void> KeptRows::read_rows(TimePoint now) {
  reader_->rewind();
  const std::uint32_t capacity =
      std::clamp(reader_->shape().max_entries, std::uint32_t{1}, kRowsPerBlock);
  kernel::RowBlock block(reader_->shape(), capacity);
  while (true) {
    const Result<bool> more = reader_->next_batch(block);
    if (!more) return tl::unexpected(more.error());
    kernel::RowBlock wide = wide_rows(plan_, block);
    if (totals_) {
      totals_->add(wide, now);
    } else if (wide.count() > 0) {
      blocks_.push_back(std::move(wide));
    }
    if (!*more) return {};
  }
}

Result<void> KeptRows::walk() {
  const TimePoint now = clock_.now();
  const std::uint64_t folded = totals_ ? totals_->folded_rows() : 0;
  const std::uint64_t expired = totals_ ? totals_->expired_keys() : 0;
  if (totals_) totals_->begin_walk();
  if (auto read = read_rows(now); !read) return read;
  counts_ = {};
  if (totals_) {
    totals_->end_walk(now);
    counts_.folded_series = totals_->folded_rows() - folded;
    counts_.expired_series = totals_->expired_keys() - expired;
    blocks_ = totals_->rows();
  }
  if (limiter_) {
    blocks_ = limiter_->choose(std::move(blocks_), now);
    counts_.dropped_series = limiter_->dropped_series();
    counts_.expired_series += limiter_->expired_series();
    counts_.folded_series += limiter_->folded_series();
    for (const std::string& key : limiter_->expired_keys()) {
      if (delete_key_) delete_key_(key);
      ++counts_.deleted_keys;
    }
  }
  std::reverse(blocks_.begin(), blocks_.end());
  return {};
}

Result<bool> KeptRows::next_batch(kernel::RowBlock& block) {
  block.set_count(0);
  if (!walked_) {
    if (auto walked = walk(); !walked) return tl::unexpected(walked.error());
    walked_ = true;
  }
  if (blocks_.empty()) return false;
  block = std::move(blocks_.back());
  blocks_.pop_back();
  return !blocks_.empty();
}

}  // namespace bpfmap::collect
