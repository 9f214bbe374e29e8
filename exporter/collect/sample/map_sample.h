// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "collect/sample/map_feed.h"
#include "collect/sample/sample_text.h"
#include "collect/sample/walk_rows.h"
#include "exposition/body.h"
#include "exposition/gzip.h"

namespace bpfmap::collect {

class MapSample;

// A thread for a walk that is so short, or text of it in parts, costs more than it saves.
inline constexpr Duration kQuickWalk = std::chrono::milliseconds(10);

// Told about every walk, from the thread that did it, and about every sample that was rendered,
// from a thread that did that. Thread-safe; outlives the samples.
class SampleObserver {
 public:
  virtual ~SampleObserver() = default;
  virtual void on_sample(const MapSample& sample) = 0;
  virtual void on_rendering(std::uint64_t decode_errors) = 0;
  // A scrape's time was over before the walk was.
  virtual void on_timeout() = 0;
};

// What the samples of one map have in common when they are rendered; outlives them.
struct SampleRenderer {
  SampleObserver& observer;
  RenderingResources resources;
};

// What a walk found, beside its rows.
struct WalkResult {
  Duration duration{};
  MapFacts facts;
  std::optional<KeptCounts> kept;  // where not all rows are exported as they are
  std::uint64_t rows = 0;
};

// One walk over a map: its rows, or why it failed. Grows while the walk goes on and never
// changes afterwards; shared by all scrapes that may see it, and rendered once for all of them,
// by themselves. Thread-safe.
class MapSample {
 public:
  // A walk begins now. `in_parts`: its text may be given out before it is over. `expected`: how
  // long the one before it took, nothing where that tells nothing.
  MapSample(TimePoint started, bool in_parts, SampleRenderer& renderer,
            std::optional<Duration> expected = std::nullopt);

  // For the thread that walks. The walk's result is set first, and shown to others by end().
  WalkRows& rows() { return *rows_; }
  void set_result(WalkResult result);
  void set_failure(Duration duration, Error error);
  void end() { rows_->end(!error_); }

  TimePoint started() const { return started_; }
  bool is_over() const { return rows_->is_over(); }
  void wait_for_end() const { rows_->wait_for_end(); }
  bool wait_for_end(TimePoint deadline) const { return rows_->wait_for_end(deadline); }
  bool may_be_given_in_parts() const { return in_parts_ && !renderer_.resources.whole_only; }
  // The same for a scrape whose time is over then: what has begun cannot be left out any more, so
  // there has to be as much time to spare as the walk is likely to take.
  bool may_be_given_in_parts(Duration time_left) const {
    return may_be_given_in_parts() && expected_ && *expected_ >= kQuickWalk &&
           2 * *expected_ < time_left;
  }

  // When it is over, and for the thread that walks when the result is set.
  Duration duration() const { return result_.duration; }
  std::uint64_t entries() const;  // of the map
  const std::optional<Error>& error() const { return error_; }
  const MapFacts& facts() const { return result_.facts; }  // empty for a failed walk
  // What was left out; nothing for a failed walk.
  const std::optional<KeptCounts>& kept() const { return result_.kept; }

  // The families of the map, less those that it shares with others. Another one each time where the
  // last one has failed.
  using Shared = std::shared_ptr<const decode::SharedFamilies>;
  std::shared_ptr<SampleText> text(Representation as, const Shared& without = nullptr) const
      BPFMAP_EXCLUDES(mutex_);
  // Makes what is left of texts that a page has begun. For a thread that has nothing else to do;
  // until `cancelled` is set.
  void help(const std::atomic<bool>& cancelled) const BPFMAP_EXCLUDES(mutex_);
  // To be told of every text that became whole.
  void count(const SampleText& text) const;

  // For the text of families that several maps share, when the walk is over: its plan and rows, and
  // the tables of names for them. Rows and pool are valid as long as the sample.
  decode::SharedRows shared_rows() const;
  HostNamesPool& host_names() const { return renderer_.resources.host_names; }
  bool has_any_of(const decode::SharedFamilies& families) const;
  void count_shared(std::uint64_t decode_errors) const;

  // All of text(); one that fails because it was made in parts is made once more, whole. Waits for
  // the walk. An error where it failed, or where there is no memory.
  struct Whole {
    std::shared_ptr<SampleText> text;
    exposition::Body body;
  };
  Result<Whole> whole(Representation as, const Shared& without = nullptr) const;

  // The same walk without its rows, once no scrape will ask for them any more: it knows how the
  // walk went, and has no text. A failed one never had rows to lose.
  std::shared_ptr<const MapSample> without_rows() const;
  bool has_text() const { return has_rows_ || error_; }

 private:
  const TimePoint started_;
  const bool in_parts_;
  SampleRenderer& renderer_;
  const std::optional<Duration> expected_;
  const std::unique_ptr<WalkRows> rows_;
  WalkResult result_;
  std::optional<Error> error_;
  bool has_rows_ = true;

  using Texts = std::array<std::shared_ptr<SampleText>, kRepresentations>;

  mutable std::atomic<bool> was_counted_{false};
  mutable std::atomic<bool> shared_was_counted_{false};
  mutable Mutex mutex_;
  mutable Texts texts_ BPFMAP_GUARDED_BY(mutex_);  // of all families
  mutable Shared left_out_ BPFMAP_GUARDED_BY(mutex_);
  mutable Texts less_ BPFMAP_GUARDED_BY(mutex_);  // without these
};

}  // namespace bpfmap::collect
