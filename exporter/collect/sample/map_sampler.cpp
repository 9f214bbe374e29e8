// SPDX-License-Identifier: Apache-2.0
#include "collect/sample/map_sampler.h"

#include <cerrno>
#include <chrono>
#include <memory>
#include <system_error>
#include <utility>

#include "base/block_signals.h"
#include "base/log.h"

namespace bpfmap::collect {
namespace {

// A walk of fewer blocks is over before another thread has begun.
constexpr int kBlocksOfAShortWalk = 4;

// Whether the log has said it. The words may name ids that change with every walk.
bool is_same(const Error& a, const Error& b) {
  return a.kind == b.kind && a.code == b.code && a.operation == b.operation;
}

}  // namespace

MapSampler::MapSampler(MapSource source, const Clock& clock, SampleObserver& observer,
                       std::shared_ptr<host::Host> host)
    : source_(std::move(source)),
      clock_(clock),
      renderer_{observer, RenderingResources(std::move(host))} {}

MapSampler::~MapSampler() {
  cancel();
  if (walker_.joinable()) walker_.join();
}

std::shared_ptr<const MapSample> MapSampler::fresh() {
  return not_older_than(source_.max_age, Wait::kForTheEnd);
}

std::shared_ptr<const MapSample> MapSampler::fresh_or_growing() {
  return not_older_than(source_.max_age, Wait::kForTheBeginning);
}

std::shared_ptr<const MapSample> MapSampler::fresh_or_growing(TimePoint deadline) {
  return not_older_than(source_.max_age, Wait::kForTheBeginning, deadline);
}

void MapSampler::note_timeout(bool is_late) {
  if (is_late) renderer_.observer.on_timeout();
  if (is_late_.exchange(is_late) == is_late) return;
  if (is_late) {
    log::warning("map takes longer than scrapes wait; they leave its metrics out",
                 {{"config", source_.config}, {"map", source_.map}});
  } else {
    log::info("map is read in time again", {{"config", source_.config}, {"map", source_.map}});
  }
}

void MapSampler::sample_if_due() {
  not_older_than(source_.interval - Duration(1), Wait::kForTheEnd);
}

std::shared_ptr<const MapSample> MapSampler::latest() const {
  const MutexLock lock(mutex_);
  return latest_;
}

TimePoint MapSampler::due() const {
  const auto sample = latest();
  return sample == nullptr ? clock_.now() : sample->started() + source_.interval;
}

void MapSampler::cancel() {
  cancelled_ = true;
  walker_must_leave_ = true;
}

// A failed walk tells nothing, and neither does the first.
std::optional<Duration> MapSampler::expected_duration() const {
  if (latest_ == nullptr || latest_->error()) return std::nullopt;
  return latest_->duration();
}

bool MapSampler::is_quick(TimePoint deadline) const {
  const std::optional<Duration> expected = expected_duration();
  return expected && *expected < kQuickWalk &&
         std::chrono::steady_clock::now() + *expected < deadline;
}

std::shared_ptr<const MapSample> MapSampler::not_older_than(Duration age, Wait wait,
                                                            std::optional<TimePoint> deadline) {
  // Measured from the call, not from when a walk that it had to wait for was over: otherwise walks
  // that take longer than the age would make their waiters walk one after the other.
  const TimePoint oldest = clock_.now() - age;
  std::shared_ptr<const MapSample> sample;
  std::shared_ptr<MapWalk> walk;
  bool walks_itself = true;
  {
    const MutexLock lock(mutex_);
    while (true) {
      // A call from before a walk began may find the sample before it, which has lost its rows.
      const bool has_text = latest_ != nullptr && latest_->has_text();
      if (has_text && latest_->started() >= oldest) return latest_;
      if (growing_ != nullptr && (deadline || growing_->started() >= oldest)) break;
      if (cancelled_) return has_text ? latest_ : nullptr;
      if (growing_ == nullptr) {
        walks_itself = !deadline || is_quick(*deadline);
        walk = begin_walk();
        break;
      }
      walk_ended_.wait(mutex_);
    }
    sample = growing_;
  }
  if (walk != nullptr && (walks_itself || !go_on_elsewhere(walk))) go_on(walk, wait);
  if (wait == Wait::kForTheEnd) sample->wait_for_end();
  return sample;
}

std::shared_ptr<MapWalk> MapSampler::begin_walk() {
  // A map whose last walk failed may fail again, and half a page is worse than one that waits.
  const bool failed = latest_ != nullptr && latest_->error();
  const TimePoint now = clock_.now();
  auto walk = std::make_shared<MapWalk>(
      source_, std::make_shared<MapSample>(now, !failed, renderer_, expected_duration()),
      cancelled_);
  // Two samples of a large map need not be in memory where no new call can get the older one.
  if (latest_ != nullptr && latest_->started() < now - source_.max_age) {
    latest_ = latest_->without_rows();
  }
  growing_ = walk->sample();
  return walk;
}

void MapSampler::go_on(const std::shared_ptr<MapWalk>& walk, Wait wait) {
  for (int blocks = 1; walk->step(); ++blocks) {
    if (blocks < kBlocksOfAShortWalk || wait == Wait::kForTheEnd) continue;
    if (go_on_elsewhere(walk)) return;
    wait = Wait::kForTheEnd;  // there is no other thread to be had
  }
  end_walk(*walk);
}

bool MapSampler::go_on_elsewhere(const std::shared_ptr<MapWalk>& walk) {
  // Of an earlier walk, which is over.
  walker_must_leave_ = true;
  if (walker_.joinable()) walker_.join();
  walker_must_leave_ = false;
  if (cancelled_) walker_must_leave_ = true;  // whichever of the two threads was first
  try {
    const BlockSignals block_signals;
    // The walk cannot end, and the next one not begin, before the thread is where it belongs.
    const MutexLock lock(mutex_);
    walker_ = std::thread([this, walk] {
      while (walk->step()) {
      }
      end_walk(*walk);
      // There was one processor for the walk, and it is not busy any more.
      walk->sample()->help(walker_must_leave_);
    });
  } catch (const std::system_error&) {
    return false;
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

void MapSampler::end_walk(MapWalk& walk) {
  const std::shared_ptr<MapSample>& sample = walk.sample();
  Result<WalkResult> result = walk.result();
  const Duration duration = clock_.now() - sample->started();
  if (result) {
    result->duration = duration;
    sample->set_result(*std::move(result));
  } else {
    sample->set_failure(duration, std::move(result.error()));
  }
  log_change(*sample, latest().get());
  renderer_.observer.on_sample(*sample);
  {
    const MutexLock lock(mutex_);
    latest_ = sample;
    growing_.reset();
    sample->end();
  }
  walk_ended_.notify_all();
}

void MapSampler::log_change(const MapSample& sample, const MapSample* before) const {
  const auto& error = sample.error();
  const bool was_failing = before != nullptr && before->error();
  if (error && error->code != ECANCELED && !(was_failing && is_same(*error, *before->error()))) {
    log::error("map cannot be read; its metrics are left out until it can",
               {{"config", source_.config}, {"map", source_.map}, {"error", error->message()}});
  } else if (!error && was_failing) {
    log::info("map can be read again", {{"config", source_.config}, {"map", source_.map}});
  }
  const int refused = sample.kept() ? sample.kept()->deletion_error : 0;
  const bool was_refused =
      before != nullptr && before->kept() && before->kept()->deletion_error != 0;
  if (refused != 0 && !was_refused) {
    log::warning(
        "expired entries cannot be deleted from the map",
        {{"config", source_.config}, {"map", source_.map}, {"error", errno_in_words(refused)}});
  }
}

}  // namespace bpfmap::collect
