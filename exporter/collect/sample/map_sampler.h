// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"
#include "collect/sample/map_sample.h"
#include "collect/sample/map_walk.h"

namespace bpfmap::collect {

// Keeps the newest sample of one map. Any number of threads may ask at a time; there is never
// more than one walk under way, and no lock is held while it is. Threads that ask during a walk
// share its result.
class MapSampler {
 public:
  MapSampler(MapSource source, const Clock& clock, SampleObserver& observer,
             std::shared_ptr<host::Host> host);
  // No thread asks any more.
  ~MapSampler();
  MapSampler(const MapSampler&) = delete;
  MapSampler& operator=(const MapSampler&) = delete;

  // A sample that began at most `max_age` before this call, and is over; walks the map if there is
  // none. After cancel() it is whatever there was, null before the first walk.
  std::shared_ptr<const MapSample> fresh();

  // The same, but does not wait for the end of a long walk: a thread of the sampler's own goes on
  // with it, while the caller can make text of what is there.
  std::shared_ptr<const MapSample> fresh_or_growing();

  // The same for a scrape whose time is over at `deadline`, by the steady clock; does not wait for
  // other walks. One that is under way is good enough, whenever it began: waiting for another
  // behind it would be the surest way to be late. What is not known to be quick is walked by the
  // sampler's thread from its beginning, and goes on when the time is over.
  std::shared_ptr<const MapSample> fresh_or_growing(TimePoint deadline);

  // A scrape had to leave the map out, or did not. The log says it once, until it changes.
  void note_timeout(bool is_late);

  // Walks the map if the newest sample is as old as the interval.
  void sample_if_due();

  // The newest sample that is over, null before the first. Its rows may be gone when the next walk
  // began, and with them its text.
  std::shared_ptr<const MapSample> latest() const BPFMAP_EXCLUDES(mutex_);

  // When sample_if_due() will next have something to do.
  TimePoint due() const;

  // Ends a walk that is under way as a failed one, and prevents others. For shutdown.
  void cancel();

  const MapSource& source() const { return source_; }

 private:
  enum class Wait : bool { kForTheEnd, kForTheBeginning };
  std::shared_ptr<const MapSample> not_older_than(Duration age, Wait wait,
                                                  std::optional<TimePoint> deadline = std::nullopt)
      BPFMAP_EXCLUDES(mutex_);
  std::optional<Duration> expected_duration() const BPFMAP_REQUIRES(mutex_);
  bool is_quick(TimePoint deadline) const BPFMAP_REQUIRES(mutex_);
  std::shared_ptr<MapWalk> begin_walk() BPFMAP_REQUIRES(mutex_);
  void go_on(const std::shared_ptr<MapWalk>& walk, Wait wait) BPFMAP_EXCLUDES(mutex_);
  bool go_on_elsewhere(const std::shared_ptr<MapWalk>& walk);
  void end_walk(MapWalk& walk) BPFMAP_EXCLUDES(mutex_);
  // Says once what is wrong, again when something else is, and when nothing is any more.
  void log_change(const MapSample& sample, const MapSample* before) const;

  MapSource source_;
  const Clock& clock_;
  SampleRenderer renderer_;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> is_late_{false};            // the last scrape that had a time left it out
  std::thread walker_;                          // used by the thread that began the walk
  std::atomic<bool> walker_must_leave_{false};  // what it makes of a walk that is over

  mutable Mutex mutex_;
  ConditionVariable walk_ended_;
  std::shared_ptr<MapSample> growing_ BPFMAP_GUARDED_BY(mutex_);  // null: no walk is under way
  std::shared_ptr<const MapSample> latest_ BPFMAP_GUARDED_BY(mutex_);
};

}  // namespace bpfmap::collect
