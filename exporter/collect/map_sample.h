// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "collect/host_names_pool.h"
#include "collect/map_feed.h"
#include "decode/sample_plan.h"
#include "exposition/body.h"
#include "exposition/gzip.h"
#include "kernel/map_reader.h"

namespace bpfmap::collect {

class MapSample;

// Told about every walk and every rendering, from the thread that did it. Thread-safe; outlives the
// samples.
class SampleObserver {
 public:
  virtual ~SampleObserver() = default;
  virtual void on_sample(const MapSample& sample) = 0;
  virtual void on_rendering(const decode::Rendering& rendering) = 0;
};

// What the samples of one map have in common when they are rendered; outlives them.
struct SampleRenderer {
  SampleObserver& observer;
  HostNamesPool host_names;
};

// What a walk found.
struct WalkedRows {
  std::vector<kernel::RowBlock> blocks;
  std::shared_ptr<const decode::SamplePlan> plan;
  MapFacts facts;
  std::optional<KeptCounts> kept;  // where not all rows are exported as they are
};

// One walk over a map: an immutable snapshot of its rows, or why it failed. Shared by all scrapes
// that may still see it; renders itself when first asked, once for all of them. Thread-safe.
class MapSample {
 public:
  MapSample(TimePoint started, Duration duration, WalkedRows rows, SampleRenderer& renderer);
  MapSample(TimePoint started, Duration duration, Error error);

  TimePoint started() const { return started_; }
  Duration duration() const { return duration_; }
  std::uint64_t entries() const { return entries_; }  // of the map
  const std::optional<Error>& error() const { return error_; }
  const MapFacts& facts() const { return rows_.facts; }  // empty for a failed walk

  // What was left out; nothing for a failed walk.
  const std::optional<KeptCounts>& kept() const { return rows_.kept; }

  // The families of the map; nothing at all for a failed walk.
  const decode::Rendering& text() const;
  const exposition::Deflated& deflated_text() const;

 private:
  TimePoint started_;
  Duration duration_;
  std::optional<Error> error_;
  WalkedRows rows_;
  std::uint64_t entries_ = 0;
  SampleRenderer* renderer_ = nullptr;  // null for a failed walk

  mutable std::once_flag rendered_;
  mutable decode::Rendering rendering_;
  mutable std::once_flag compressed_;
  mutable exposition::Deflated deflated_;
};

}  // namespace bpfmap::collect
