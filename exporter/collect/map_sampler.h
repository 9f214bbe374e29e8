// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "collect/map_feed.h"
#include "collect/map_sample.h"
#include "decode/sample_plan.h"
#include "kernel/map_reader.h"

namespace bpfmap::collect {

// A map to sample.
struct MapSource {
  std::string config;  // the configuration's name
  std::string map;     // as the configuration calls it
  std::unique_ptr<MapFeed> feed;
  Duration interval{};
  Duration max_age{};
};

// Keeps the newest sample of one map. Any number of threads may ask at a time; there is never more
// than one walk under way, and no lock is held while it is. Everybody who asks during a walk shares
// its result.
class MapSampler {
 public:
  MapSampler(MapSource source, const Clock& clock, SampleObserver& observer,
             std::shared_ptr<host::Host> host);

  // A sample that began at most `max_age` before this call; walks the map if there is none. After
  // cancel() it is whatever there was, null before the first walk.
  std::shared_ptr<const MapSample> fresh() { return not_older_than(source_.max_age); }

  // Walks the map if the newest sample is as old as the interval.
  void sample_if_due() { not_older_than(source_.interval - Duration(1)); }

  // The newest sample, null before the first.
  std::shared_ptr<const MapSample> latest() const BPFMAP_EXCLUDES(mutex_);

  // When sample_if_due() will next have something to do.
  TimePoint due() const;

  // Ends a walk that is under way as a failed one, and prevents others. For shutdown.
  void cancel();

  const MapSource& source() const { return source_; }

 private:
  std::shared_ptr<const MapSample> not_older_than(Duration age) BPFMAP_EXCLUDES(mutex_);
  std::shared_ptr<const MapSample> walk();
  Result<WalkedRows> read_rows_in_memory();
  Result<WalkedRows> read_rows();
  Result<void> read_blocks(kernel::MapReader& reader, std::vector<kernel::RowBlock>& blocks);
  Error read_error(int code) const;
  // Says once what is wrong, again when something else is, and when nothing is any more.
  void log_change(const MapSample& sample, const MapSample* before) const;

  MapSource source_;
  const Clock& clock_;
  SampleRenderer renderer_;
  std::atomic<bool> cancelled_{false};

  mutable Mutex mutex_;
  ConditionVariable walk_ended_;
  bool walking_ BPFMAP_GUARDED_BY(mutex_) = false;
  std::shared_ptr<const MapSample> latest_ BPFMAP_GUARDED_BY(mutex_);
};

}  // namespace bpfmap::collect
