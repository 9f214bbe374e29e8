// SPDX-License-Identifier: Apache-2.0
#include "collect/map_sample.h"

namespace bpfmap::collect {

MapSample::MapSample(TimePoint started, Duration duration, WalkedRows rows,
                     SampleRenderer& renderer)
    : started_(started), duration_(duration), rows_(std::move(rows)), renderer_(&renderer) {
  if (rows_.kept) {
    entries_ = rows_.kept->entries;
    return;
  }
  for (const kernel::RowBlock& block : rows_.blocks) entries_ += block.count();
}

MapSample::MapSample(TimePoint started, Duration duration, Error error)
    : started_(started), duration_(duration), error_(std::move(error)) {}

const decode::Rendering& MapSample::text() const {
  std::call_once(rendered_, [&] {
    if (renderer_ == nullptr) return;
    // Another sample of the same map may be rendering at this moment.
    const HostNamesPool::Lease names(renderer_->host_names);
    rendering_ = rows_.plan->render(rows_.blocks, *names);
    renderer_->observer.on_rendering(rendering_);
  });
  return rendering_;
}

const exposition::Deflated& MapSample::deflated_text() const {
  const exposition::Body& body = text().body;
  std::call_once(compressed_, [&] { deflated_ = exposition::deflate_fragment(body); });
  return deflated_;
}

}  // namespace bpfmap::collect
