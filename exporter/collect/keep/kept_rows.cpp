// SPDX-License-Identifier: Apache-2.0
#include "collect/keep/kept_rows.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "collect/keep/batch_size.h"
#include "collect/keep/read_ahead.h"

namespace bpfmap::collect {

KeptRows::KeptRows(decode::KeepingPlan plan, const Clock& clock, std::shared_ptr<host::Host> host)
    : plan_(std::move(plan)), clock_(clock) {
  if (plan_.mode != config::MapMode::kRead) totals_.emplace(plan_);
  if (plan_.limits.any()) limiter_.emplace(plan_, std::move(host));
}

bool KeptRows::update_plan(decode::KeepingPlan&& plan) {
  const bool same_rows = plan.mode == plan_.mode && plan.words() == plan_.words() &&
                         plan.shape.key_size == plan_.shape.key_size &&
                         plan.value_label_bytes == plan_.value_label_bytes &&
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

void KeptRows::map_was_replaced() {
  if (totals_) totals_->map_was_replaced();
}

// How many entries there were.
Result<std::uint64_t> KeptRows::read_rows() {
  const std::uint32_t capacity = rows_per_batch(reader_->shape());
  if (plan_.mode != config::MapMode::kDrain) {
    ReadAhead ahead(*reader_, capacity);
    return take_rows(ahead, capacity);
  }
  // What a draining reader returns is gone from the map: it is added to the totals before anything
  // can fail, and before more is taken out.
  reader_->rewind();
  return take_rows(*reader_, capacity);
}

template <typename Reader>
Result<std::uint64_t> KeptRows::take_rows(Reader& reader, std::uint32_t capacity) {
  std::uint64_t entries = 0;
  kernel::RowBlock block(reader_->shape(), capacity);
  while (true) {
    const Result<bool> more = reader.next_batch(block);
    if (!more) return unexpected(more.error());
    entries += block.count();
    kernel::RowBlock wide = wide_rows(plan_, block);
    if (totals_) {
      totals_->add(wide);
    } else if (wide.count() > 0) {
      blocks_.push_back(std::move(wide));
    }
    if (!*more) return entries;
  }
}

// Totals remain when a key is not in the map: then there is nothing to delete, and what came there
// since would be lost.
void KeptRows::delete_expired() {
  if (!delete_key_) return;
  for (std::size_t i = 0; i < limiter_->expired_keys().size(); ++i) {
    if (totals_ && !totals_->is_in_map(limiter_->expired_rows()[i].row)) continue;
    const int code = delete_key_(limiter_->expired_keys()[i].substr(0, plan_.entry_bytes()));
    if (code == 0) ++counts_.deleted_keys;
    if (code != 0 && code != ENOENT) counts_.deletion_error = code;
  }
}

Result<void> KeptRows::walk() {
  if (totals_) totals_->begin_walk();
  const auto entries = read_rows();
  if (!entries) return unexpected(entries.error());
  counts_ = {};
  counts_.entries = *entries;
  if (totals_) {
    totals_->end_walk();
    blocks_ = totals_->rows();
  }
  if (limiter_) {
    blocks_ = limiter_->choose(std::move(blocks_), clock_.now());
    counts_.left_out = limiter_->left_out();
    counts_.newly = limiter_->newly_left_out();
    delete_expired();
    if (totals_) totals_->forget(limiter_->expired_rows());
  }
  if (totals_) {
    counts_.left_out.folded += totals_->folded_keys();
    counts_.newly.folded += totals_->newly_folded_keys();
  }
  std::reverse(blocks_.begin(), blocks_.end());
  return {};
}

Result<bool> KeptRows::next_batch(kernel::RowBlock& block) {
  block.set_count(0);
  if (!walked_) {
    if (auto walked = walk(); !walked) return unexpected(walked.error());
    walked_ = true;
  }
  if (blocks_.empty()) return false;
  block = std::move(blocks_.back());
  blocks_.pop_back();
  return !blocks_.empty();
}

}  // namespace bpfmap::collect
