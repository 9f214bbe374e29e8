// SPDX-License-Identifier: Apache-2.0
#include "collect/sample/shared_text.h"

#include <algorithm>
#include <deque>

namespace bpfmap::collect {

bool SharedText::is_of(const Samples& samples) const {
  return std::equal(samples.begin(), samples.end(), of_.begin(), of_.end(),
                    [](const auto& sample, const auto& known) { return known.lock() == sample; });
}

const exposition::Body& SharedText::make(const Samples& samples) {
  if (plain_) return *plain_;
  std::deque<HostNamesPool::Lease> names;  // they do not move
  std::vector<decode::SharedRows> rows;
  for (const auto& sample : samples) {
    rows.push_back(sample->shared_rows());
    rows.back().names = &*names.emplace_back(sample->host_names());
  }
  exposition::Body text;
  for (const auto& family : families_->families) text.append(decode::render_shared(family, rows));
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i]->count_shared(rows[i].errors);
  return plain_.emplace(std::move(text));
}

exposition::Body SharedText::plain(const Samples& samples) {
  const MutexLock lock(mutex_);
  return make(samples);
}

exposition::Deflated SharedText::deflated(const Samples& samples) {
  const MutexLock lock(mutex_);
  if (!deflated_) deflated_ = exposition::deflate_fragment(make(samples));
  return *deflated_;
}

}  // namespace bpfmap::collect
