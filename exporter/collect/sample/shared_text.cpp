// SPDX-License-Identifier: Apache-2.0
#include "collect/sample/shared_text.h"

#include <algorithm>
#include <deque>

namespace bpfmap::collect {

bool SharedText::is_of(const Samples& samples) const {
  return std::equal(samples.begin(), samples.end(), of_.begin(), of_.end(),
                    [](const auto& sample, const auto& known) { return known.lock() == sample; });
}

SharedText::Text& SharedText::make(const Samples& samples, exposition::Format format) {
  Text& text = texts_[static_cast<std::size_t>(format)];
  if (text.plain) return text;
  std::deque<HostNamesPool::Lease> names;  // they do not move
  std::vector<decode::SharedRows> rows;
  for (const auto& sample : samples) {
    rows.push_back(sample->shared_rows());
    rows.back().names = &*names.emplace_back(sample->host_names());
  }
  exposition::Body plain;
  for (const exposition::FamilyHead& family : families_->families) {
    plain.append(decode::render_shared(family, rows, format));
  }
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i]->count_shared(rows[i].errors);
  text.plain = std::move(plain);
  return text;
}

exposition::Body SharedText::plain(const Samples& samples, exposition::Format format) {
  const MutexLock lock(mutex_);
  return *make(samples, format).plain;
}

exposition::Deflated SharedText::deflated(const Samples& samples, exposition::Format format) {
  const MutexLock lock(mutex_);
  Text& text = make(samples, format);
  if (!text.deflated) text.deflated = exposition::deflate_fragment(*text.plain);
  return *text.deflated;
}

}  // namespace bpfmap::collect
